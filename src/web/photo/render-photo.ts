import type { PhotoEdit } from './edit.ts';
import type { Output } from './job.ts';
import type { Photo, PhotoRules } from './photo.ts';
import { PhotoError } from './photo-error.ts';
import { runJob } from './run-job.ts';

export interface RenderOptions {
  /** Maximum edge length in pixels. The default is {@link MAX_EDGE}. */
  readonly maxEdge?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Maximum edge length in pixels of a reduced photo: four times that of the largest rendition. */
export const MAX_EDGE = 2048;
/** Quality of lossy types. Differences from the original are invisible at the sizes of a profile picture. */
const QUALITY = 0.92;
/** Types that browsers can encode, in order of preference. All can encode JPEG. */
const OPAQUE_TYPES = ['image/jpeg', 'image/webp', 'image/png'];
const TRANSPARENT_TYPES = ['image/webp', 'image/png'];
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'image/png': '.png',
};
/** Extension at the end of a file name. Anything longer is a part of the name. */
const EXTENSION = /\.[^.\s]{1,5}$/;

/**
 * Decodes, edits and encodes a photo in a worker, within the limits of the server's upload rules. The result is upright,
 * has the colors of sRGB and contains no metadata. Rejects with PhotoError or with the signal's reason.
 */
export async function renderPhoto(
  { file, rules }: Photo,
  edit: PhotoEdit,
  { maxEdge = MAX_EDGE, signal }: RenderOptions = {},
): Promise<File> {
  const output = { ...outputFor(rules), maxEdge };
  const blob = await runJob({ file, decoder: 'browser', edit, output }, file.name, signal);
  const { maxBytes } = output;
  if (blob.size > maxBytes) {
    // The user knows the size of the photo. Only if the photo itself is within the limit, name that of the result.
    const bytes = file.size > maxBytes ? file.size : blob.size;
    throw new PhotoError({ reason: 'tooLarge', fileName: file.name, bytes, maxBytes });
  }
  return new File([blob], renamed(file.name, blob.type), { type: blob.type });
}

/** Returns a file's name with the extension of its new type. */
export function renamed(fileName: string, mediaType: string): string {
  return fileName.replace(EXTENSION, '') + (EXTENSIONS[mediaType] ?? '');
}

/** Returns the limits of a picture that the server accepts. */
function outputFor({ types, maxBytes, minWidth, minHeight }: PhotoRules): Omit<Output, 'maxEdge'> {
  const accepted = new Map(types.map(({ mediaType, maxPixels }) => [mediaType, maxPixels]));
  return {
    minEdge: Math.max(minWidth, minHeight),
    maxPixels: Math.min(...OPAQUE_TYPES.flatMap((mediaType) => accepted.get(mediaType) ?? [])),
    maxBytes,
    opaqueTypes: OPAQUE_TYPES.filter((mediaType) => accepted.has(mediaType)),
    transparentTypes: TRANSPARENT_TYPES.filter((mediaType) => accepted.has(mediaType)),
    quality: QUALITY,
  };
}
