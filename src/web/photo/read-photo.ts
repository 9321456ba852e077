import { isAnimated } from './is-animated.ts';
import type { Job, Output } from './job.ts';
import { canDecode, loadImage } from './load-image.ts';
import type { Photo, PhotoRules } from './photo.ts';
import { PhotoError } from './photo-error.ts';
import { readMediaType } from './read-media-type.ts';
import { MAX_EDGE, renamed } from './render-photo.ts';
import { runJob } from './run-job.ts';
import type { Size } from './size.ts';
import { findCorrection, isCorrected, uprightSize } from './upright/correction.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called if the browser must decode the whole picture first, which can take seconds. */
  readonly onPreparing?: (() => void) | undefined;
}

/** A file during the reading. */
interface Source {
  readonly file: File;
  readonly mediaType: string;
  readonly rules: PhotoRules;
  readonly options: ReadOptions;
}

/** Maximum number of pixels that the browser decodes for a reduction. Each takes four bytes. */
const MAX_REDUCED_PIXELS = 256_000_000;
/** Pictures with more pixels are displayed as a smaller copy, which phones can move smoothly. */
const MAX_DISPLAYED_PIXELS = 4096 * 4096;
/** A smaller copy for display. */
const COPY: Output = {
  maxEdge: MAX_EDGE,
  minEdge: 1,
  maxPixels: MAX_EDGE * MAX_EDGE,
  maxBytes: Number.POSITIVE_INFINITY,
  opaqueTypes: ['image/jpeg'],
  transparentTypes: ['image/webp'],
  quality: 0.95,
};
/** The picture that replaces a HEIC. iOS limits a canvas to 4096 x 4096 pixels. */
const CONVERTED: Output = { ...COPY, maxEdge: 4096, maxPixels: 4096 * 4096 };

/**
 * Checks a chosen file and reads its picture. Sends nothing. Rejects with PhotoError or with the signal's reason.
 * The caller must release the photo.
 */
export async function readPhoto(file: File, rules: PhotoRules, options: ReadOptions = {}): Promise<Photo> {
  const mediaType = await readMediaType(file, rules);
  return await readPicture({ file, mediaType, rules, options });
}

async function readPicture(source: Source): Promise<Photo> {
  const url = URL.createObjectURL(source.file);
  let isKept = false;
  try {
    const displayed = await loadImage(url);
    source.options.signal?.throwIfAborted();
    const photo =
      source.mediaType === 'image/heic'
        ? await readHeic(source, displayed !== undefined)
        : displayed
          ? await readDisplayed(source, url, displayed)
          : readUndisplayable(source, url);
    isKept = photo.url === url;
    return photo;
  } finally {
    if (!isKept) {
      URL.revokeObjectURL(url);
    }
  }
}

/** Reads a picture that the browser can display. */
async function readDisplayed(source: Source, url: string, displayed: Size): Promise<Photo> {
  const { file, mediaType, rules } = source;
  const [correction, animated] = await Promise.all([
    findCorrection(file, mediaType, displayed),
    // A JPEG holds one picture, and photos of phones are large.
    mediaType === 'image/jpeg' ? false : file.arrayBuffer().then((bytes) => isAnimated(bytes, mediaType)),
  ]).catch((cause: unknown) => {
    throw new PhotoError({ reason: 'unreadable', fileName: file.name }, { cause });
  });
  const size = uprightSize(correction);
  checkSize(size, rules);
  const pixels = size.width * size.height;
  const sendable = isAccepted(source) && pixels <= maxPixelsOf(source);
  const photo: Photo = { file, url, size, animated, sendable, rules };
  if (sendable && pixels <= MAX_DISPLAYED_PIXELS && !isCorrected(correction, displayed)) {
    return (await canDecode(url)) ? photo : { ...photo, size: undefined };
  }
  return await withCopy(photo, source);
}

/** Replaces the URL of a photo with that of an upright, smaller copy. */
async function withCopy(photo: Photo, source: Source): Promise<Photo> {
  try {
    const copy = await convert(source, { decoder: 'browser', output: COPY });
    return { ...photo, url: URL.createObjectURL(copy) };
  } catch (error) {
    if (photo.sendable && error instanceof PhotoError) {
      // Without a picture to display, the server chooses the square.
      return { ...photo, size: undefined };
    }
    throw error;
  }
}

/**
 * Converts a HEIC to a JPEG, or to a WebP or PNG if it has transparent pixels. Prefers the decoder of the browser, which
 * is faster.
 */
async function readHeic(source: Source, isDisplayed: boolean): Promise<Photo> {
  const decode = (decoder: Job['decoder']) => convert(source, { decoder, output: CONVERTED });
  const blob = isDisplayed
    ? // Some browsers display a type that their workers cannot decode.
      await decode('browser').catch(() => decode('libheif'))
    : await decode('libheif');
  const file = new File([blob], renamed(source.file.name, blob.type), { type: blob.type });
  const photo = await readPicture({ ...source, file, mediaType: blob.type });
  return { ...photo, animated: isAnimated(await source.file.arrayBuffer(), source.mediaType) };
}

/** Returns a picture that only the server may be able to decode. Throws PhotoError if the server does not accept it. */
function readUndisplayable(source: Source, url: string): Photo {
  const { file, mediaType, rules } = source;
  if (isAccepted(source)) {
    return { file, url, size: undefined, animated: false, sendable: true, rules };
  }
  const { name: fileName, size: bytes } = file;
  const { types, maxBytes } = rules;
  const mediaTypes = types.map((type) => type.mediaType);
  throw new PhotoError(
    mediaTypes.includes(mediaType)
      ? { reason: 'tooLarge', fileName, bytes, maxBytes }
      : { reason: 'unsupported', fileName, mediaTypes },
  );
}

async function convert(
  { file, options: { signal, onPreparing } }: Source,
  job: Pick<Job, 'decoder' | 'output'>,
): Promise<Blob> {
  signal?.throwIfAborted();
  onPreparing?.();
  return await runJob({ file, edit: {}, ...job }, file.name, signal);
}

function checkSize(size: Size, { minWidth, minHeight }: PhotoRules): void {
  const { width, height } = size;
  if (width < minWidth || height < minHeight) {
    throw new PhotoError({ reason: 'tooSmall', size, min: { width: minWidth, height: minHeight } });
  }
  if (width * height > MAX_REDUCED_PIXELS) {
    throw new PhotoError({ reason: 'tooManyPixels', size, maxPixels: MAX_REDUCED_PIXELS });
  }
}

/** Returns whether the server accepts the type and the size of a file. */
function isAccepted({ file, mediaType, rules: { types, maxBytes } }: Source): boolean {
  return file.size <= maxBytes && types.some((type) => type.mediaType === mediaType);
}

function maxPixelsOf({ mediaType, rules: { types } }: Source): number {
  return types.find((type) => type.mediaType === mediaType)?.maxPixels ?? 0;
}
