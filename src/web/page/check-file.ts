import { rejectedExtension } from '../../file-names/rejected-extension.ts';
import { formatBytes } from '../shared/format-bytes.ts';
import type { PageQuery } from './generated/graphql.ts';
import { HEADER_BYTES, isHeic } from './is-heic.ts';
import { showUpright } from './upright/show-upright.ts';

export type UploadRules = PageQuery['uploadRules'];

/** A chosen file that passed the browser's checks. */
export interface Choice {
  readonly file: File;
  /** Object URL of the picture, for display. The owner must revoke it. */
  readonly url: string;
  /** Upright size in pixels. Undefined if the browser cannot display the file, which the server may still accept. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** Advice to export a picture as JPEG, for servers that accept it. */
const HEIC_ADVICE =
  'HEIC pictures are not supported, because most browsers cannot display them. Export this one as JPEG: on an iPhone, ' +
  'share it with Options › Most Compatible. For new photos, choose Settings › Camera › Formats › Most Compatible.';

/**
 * Checks a file before anything is sent.
 * @returns An error message if the file breaks the rules, otherwise the choice.
 */
export async function checkFile(file: File, rules: UploadRules): Promise<string | Choice> {
  const header = await file
    .slice(0, HEADER_BYTES)
    .arrayBuffer()
    .catch(() => undefined);
  if (header === undefined) {
    return `“${file.name}” cannot be read. It may be a folder, or it was moved or deleted. Choose another file.`;
  }
  const needsExport = isHeic(header) && acceptsJpeg(rules);
  const fault = needsExport ? HEIC_ADVICE : checkNameAndSize(file, rules);
  if (fault !== undefined) {
    return fault;
  }
  const { url, size } = await showUpright(file);
  const pixelFault = size && checkPixels(file, size, rules);
  if (pixelFault !== undefined) {
    URL.revokeObjectURL(url);
    return pixelFault;
  }
  return { file, url, size };
}

/** Returns whether the server accepts JPEG, the type of photos from a device's camera. */
export function acceptsJpeg({ types }: UploadRules): boolean {
  return types.some(({ mediaType }) => mediaType === 'image/jpeg');
}

/** Lists the accepted types for use in a sentence, such as `JPEG, PNG, WebP, GIF, or AVIF`. */
export function typeNames({ types }: UploadRules): string {
  const names = types.map(({ mediaType }) => mediaType.replace('image/', ''));
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(
    names.map((name) => (name === 'webp' ? 'WebP' : name.toUpperCase())),
  );
}

function checkNameAndSize({ name, size }: File, rules: UploadRules): string | undefined {
  if (rejectedExtension(name, rules.rejectedExtensions) !== undefined) {
    return `“${name}” has an unsupported file type. Choose a picture of type ${typeNames(rules)}.`;
  }
  if (size === 0) {
    return `“${name}” is empty. Choose another file.`;
  }
  if (size > rules.maxBytes) {
    const [actual, limit] = formatDistinctly(size, rules.maxBytes);
    return `“${name}” is too large (${actual}). The limit is ${limit}. Choose a smaller file.`;
  }
  return undefined;
}

/** Formats two sizes for display. Falls back to bytes if both would read the same. */
function formatDistinctly(size: number, limit: number): readonly [string, string] {
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
  const actual = `${width} × ${height} pixels`;
  if (width < minWidth || height < minHeight) {
    return `This picture is too small (${actual}). The minimum is ${minWidth} × ${minHeight} pixels. Choose a larger picture.`;
  }
  const limit =
    types.find(({ mediaType }) => mediaType === type)?.maxPixels ??
    Math.max(...types.map(({ maxPixels }) => maxPixels));
  if (width * height > limit) {
    return `This picture is too large (${actual}). The limit is ${limit / 1_000_000} megapixels. Choose a smaller picture.`;
  }
  return undefined;
}
