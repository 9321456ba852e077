import { foreignExtension } from '../shared/foreign-extension.ts';
import { formatBytes } from '../shared/format-bytes.ts';
import type { PageQuery } from './generated/graphql.ts';

export type UploadRules = PageQuery['uploadRules'];

/** A file that may be sent, as far as the browser can tell. */
export interface Choice {
  readonly file: File;
  /** Of the file itself, to show it. To be revoked. */
  readonly url: string;
  /** Pixels of the upright picture; undefined if this browser cannot show it, though the server may. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** What HEIC files begin with, behind the four bytes of a length. */
const HEIC = /^ftyp(heic|heix|heim|heis|hevc|hevx)$/;
/** Advice to export a picture as JPEG, for servers that accept it. */
const HEIC_ADVICE =
  'This is a HEIC picture, which most browsers cannot show. Please export it as JPEG: on an iPhone, choose ' +
  'Settings › Camera › Formats › Most Compatible for new pictures, or share this one with Options › Most Compatible.';

/**
 * Looks at a file before anything is sent.
 * @returns what breaks the rules, in a sentence; else the choice.
 */
export async function checkFile(file: File, rules: UploadRules): Promise<string | Choice> {
  const begin = await file
    .slice(4, 12)
    .arrayBuffer()
    .catch(() => undefined);
  if (begin === undefined) {
    return `“${file.name}” cannot be read. Is it a folder, or was it moved or deleted? Please choose a file.`;
  }
  const advise = isHeic(file.name, begin) && acceptsJpeg(rules);
  const fault = advise ? HEIC_ADVICE : checkNameAndSize(file, rules);
  if (fault !== undefined) {
    return fault;
  }
  const url = URL.createObjectURL(file);
  const size = await measure(url);
  const tooLargeOrSmall = size && checkPixels(file, size, rules);
  if (tooLargeOrSmall !== undefined) {
    URL.revokeObjectURL(url);
    return tooLargeOrSmall;
  }
  return { file, url, size };
}

/** Returns whether the server accepts JPEG, the type of photos from a device's camera. */
export function acceptsJpeg({ types }: UploadRules): boolean {
  return types.some(({ mediaType }) => mediaType === 'image/jpeg');
}

/** Returns the accepted types for a sentence, such as `JPEG, PNG, WebP, GIF, or AVIF`. */
export function typeNames({ types }: UploadRules): string {
  const names = types.map(({ mediaType }) => mediaType.replace('image/', ''));
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(
    names.map((name) => (name === 'webp' ? 'WebP' : name.toUpperCase())),
  );
}

function checkNameAndSize({ name, size }: File, rules: UploadRules): string | undefined {
  if (foreignExtension(name, rules.types) !== undefined) {
    return `“${name}” is not a picture that can be used here. Please choose a file of the type ${typeNames(rules)}.`;
  }
  if (size === 0) {
    return `“${name}” is empty. Please choose another file.`;
  }
  if (size > rules.maxBytes) {
    const [has, limit] = compare(size, rules.maxBytes);
    return `“${name}” has ${has}; at most ${limit} can be used. Please choose a smaller file.`;
  }
  return undefined;
}

/** Both sizes in words, in bytes if they would else read the same. */
function compare(size: number, limit: number): readonly [string, string] {
  const rounded = [formatBytes(size), formatBytes(limit)] as const;
  return rounded[0] === rounded[1]
    ? [`${size.toLocaleString('en')} bytes`, `${limit.toLocaleString('en')} bytes`]
    : rounded;
}

function checkPixels(
  { type }: File,
  { width, height }: NonNullable<Choice['size']>,
  { types, minWidth, minHeight }: UploadRules,
): string | undefined {
  const pixels = `This picture has ${width} × ${height} pixels`;
  if (width < minWidth || height < minHeight) {
    return `${pixels}; at least ${minWidth} × ${minHeight} are needed. Please choose a larger one.`;
  }
  const limit =
    types.find(({ mediaType }) => mediaType === type)?.maxPixels ??
    Math.max(...types.map(({ maxPixels }) => maxPixels));
  if (width * height > limit) {
    return `${pixels}, which is more than the ${limit / 1_000_000} million that can be used. Please choose a smaller one.`;
  }
  return undefined;
}

function isHeic(name: string, begin: ArrayBuffer): boolean {
  return HEIC.test(new TextDecoder('latin1').decode(begin)) || /\.hei[cf]$/i.test(name);
}

/** Browsers turn a picture upright by themselves. */
async function measure(url: string): Promise<Choice['size']> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return undefined;
  }
}
