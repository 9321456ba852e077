import { rejectedExtension } from '../../file-names/rejected-extension.ts';
import { detectMediaType, HEADER_BYTES } from './detect-media-type.ts';
import type { PhotoRules } from './photo.ts';
import { PhotoError } from './photo-error.ts';

/** Maximum size in bytes of a file that the browser reduces. A photo of 200 megapixels has about 50 MiB. */
const MAX_REDUCED_BYTES = 256 * 1024 * 1024;

/** Returns the media type of a picture by its first bytes. Rejects with PhotoError if the file cannot be a picture. */
export async function readMediaType(file: File, rules: PhotoRules): Promise<string> {
  const { name: fileName, size: bytes } = file;
  const header = await file
    .slice(0, HEADER_BYTES)
    .arrayBuffer()
    .catch((cause: unknown) => {
      throw new PhotoError({ reason: 'unreadable', fileName }, { cause });
    });
  if (bytes === 0) {
    throw new PhotoError({ reason: 'empty', fileName });
  }
  const mediaType = detectMediaType(header);
  const mediaTypes = rules.types.map((type) => type.mediaType);
  // The browser sends a picture of any other type under a new name.
  const isNameRejected =
    mediaTypes.includes(mediaType ?? '') &&
    rejectedExtension(fileName, rules.rejectedExtensions) !== undefined;
  if (mediaType === undefined || isNameRejected) {
    throw new PhotoError({ reason: 'unsupported', fileName, mediaTypes });
  }
  if (bytes > MAX_REDUCED_BYTES) {
    throw new PhotoError({ reason: 'tooLarge', fileName, bytes, maxBytes: MAX_REDUCED_BYTES });
  }
  return mediaType;
}
