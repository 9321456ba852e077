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
  const found = await readSignature(head);
  const accepted = acceptedType(found ?? '');
  if (accepted === undefined) {
    throw new UnsupportedFileTypeError(found);
  }
  return accepted;
}

async function readSignature(head: Uint8Array): Promise<string | null> {
  const found = (await fileTypeFromBuffer(head))?.mime ?? null;
  if (found === 'image/apng') {
    // An animated PNG is a PNG whose first picture is the one that we take.
    return 'image/png';
  }
  // The first brand of an AVIF may be the one that it shares with HEIC.
  return found === 'image/heif' && isAvif(head) ? 'image/avif' : found;
}

/** Whether `avif` is among the brands of the `ftyp` box that a file of this family begins with. */
function isAvif(head: Uint8Array): boolean {
  const box = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const brands = box.toString('latin1', 8, Math.min(box.readUInt32BE(0), box.length));
  return brands.match(/.{4}/gs)?.includes('avif') ?? false;
}

/**
 * Refuses a name whose extension is none of a picture's; a name without one passes. Which picture's it is does
 * not matter, since the bytes decide. Throws UnsupportedFileTypeError.
 */
export function checkExtension(fileName: string): void {
  // Windows drops dots and spaces at the end of a name: `a.exe. ` is `a.exe`.
  const name = fileName.trim().replace(/(?<![. ])[. ]+$/, '');
  // What has a space in it is a part of the name: `John Smith Jr. photo`.
  const extension = /[^./\\]\.+([^./\\\s]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension !== undefined && !ACCEPTED_TYPES.some((type) => type.extensions.includes(extension))) {
    throw new UnsupportedFileTypeError(`.${extension.slice(0, 20)}`);
  }
}
