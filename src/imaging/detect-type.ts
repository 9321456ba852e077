import { fileTypeFromBuffer } from 'file-type';
import { ACCEPTED_TYPES, type AcceptedType, acceptedType } from './accepted-types.ts';
import { UnsupportedFileTypeError } from './errors.ts';

/** Bytes from the start of a file that are enough to tell its type (file-type's own sample size). */
export const TYPE_SAMPLE_BYTES = 4100;

/**
 * The type of a file, told from its first {@link TYPE_SAMPLE_BYTES} bytes and from nothing else.
 * Throws UnsupportedFileTypeError.
 */
export async function detectType(head: Uint8Array): Promise<AcceptedType> {
  const found = (await fileTypeFromBuffer(head))?.mime;
  // An animated PNG is a PNG whose first picture is the one that we take.
  const accepted = acceptedType(found === 'image/apng' ? 'image/png' : (found ?? ''));
  if (accepted === undefined) {
    throw new UnsupportedFileTypeError(found ?? null);
  }
  return accepted;
}

/**
 * Refuses a name whose extension is none of a picture's; a name without one passes. Which picture's it is does
 * not matter, since the bytes decide. Throws UnsupportedFileTypeError.
 */
export function checkExtension(fileName: string): void {
  // Windows drops dots and spaces at the end of a name: `a.exe. ` is `a.exe`.
  const name = fileName.trim().replace(/[. ]+$/, '');
  const extension = /[^./\\]\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension !== undefined && !ACCEPTED_TYPES.some((type) => type.extensions.includes(extension))) {
    throw new UnsupportedFileTypeError(`.${extension.slice(0, 20)}`);
  }
}
