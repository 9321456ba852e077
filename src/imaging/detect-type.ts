import { fileTypeFromBuffer } from 'file-type';
import type { AcceptedType } from './accepted-types.ts';
import { UnsupportedFileTypeError } from './errors.ts';

/** Bytes from the start of a file that are enough to tell its type (file-type's own sample size). */
export const TYPE_SAMPLE_BYTES = 4100;

/** Media types of the brands that AVIF shares with HEIC: `mif1`, and `msf1` for an animation. */
const SHARED_TYPES = new Set(['image/heif', 'image/heif-sequence']);
/** Brands of a still AVIF and of an animation. */
const AVIF_BRANDS = new Set(['avif', 'avis']);

/**
 * Returns which of the accepted types a file has. Only its first {@link TYPE_SAMPLE_BYTES} bytes count.
 * Throws UnsupportedFileTypeError.
 */
export async function detectType(head: Uint8Array, types: readonly AcceptedType[]): Promise<AcceptedType> {
  const found = await readSignature(head);
  const accepted = types.find(({ mediaType }) => mediaType === found);
  if (accepted === undefined) {
    throw new UnsupportedFileTypeError(found, types);
  }
  return accepted;
}

async function readSignature(head: Uint8Array): Promise<string | null> {
  const found = (await fileTypeFromBuffer(head))?.mime ?? null;
  if (found === 'image/apng') {
    // An animated PNG is a PNG whose first picture is the one that we take.
    return 'image/png';
  }
  // The first brand of an AVIF may be one that it shares with HEIC.
  return found !== null && SHARED_TYPES.has(found) && isAvif(head) ? 'image/avif' : found;
}

/** Returns whether the `ftyp` box that a file of this family begins with has a brand of AVIF. */
function isAvif(head: Uint8Array): boolean {
  const box = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const brands = box.toString('latin1', 8, Math.min(box.readUInt32BE(0), box.length));
  return brands.match(/.{4}/gs)?.some((brand) => AVIF_BRANDS.has(brand)) ?? false;
}

/**
 * Refuses a name whose extension belongs to none of the accepted types. A name without an extension passes. It does not
 * matter which of the types the extension belongs to, since the bytes decide. Throws UnsupportedFileTypeError.
 */
export function checkExtension(fileName: string, types: readonly AcceptedType[]): void {
  // Windows drops dots and spaces at the end of a name: `a.exe. ` is `a.exe`.
  const name = fileName.trim().replace(/(?<![. ])[. ]+$/, '');
  // What has a space in it is a part of the name: `John Smith Jr. photo`.
  const extension = /[^./\\]\.+([^./\\\s]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension !== undefined && !types.some((type) => type.extensions.includes(extension))) {
    throw new UnsupportedFileTypeError(`.${extension.slice(0, 20)}`, types);
  }
}
