import { fileTypeFromBuffer } from 'file-type';
import type { AcceptedType } from './accepted-types.ts';
import { CGBI, UnsupportedFileTypeError } from './errors.ts';

/** Number of bytes at the start of a file that are enough to detect its type. This is the sample size of file-type. */
export const TYPE_SAMPLE_BYTES = 4100;

/** Media types that file-type reports for brands shared by AVIF and HEIC: `mif1`, and `msf1` for animations. */
const SHARED_TYPES = new Set(['image/heif', 'image/heif-sequence']);
/** Brands of still and animated AVIF files. */
const AVIF_BRANDS = new Set(['avif', 'avis']);

/** Offset of the first chunk's type in a PNG. In the PNGs of iOS apps, it is `CgBI`, which libpng cannot read. */
const PNG_CHUNK_TYPE_OFFSET = 12;

/**
 * Returns the accepted type of a file. Only the first {@link TYPE_SAMPLE_BYTES} bytes of the file matter.
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
  if (isCgbi(found, head)) {
    return CGBI;
  }
  if (found === 'image/apng') {
    // An animated PNG is also a PNG. The decoder reads only its still picture.
    return 'image/png';
  }
  // The first brand of an AVIF may be a brand that it shares with HEIC.
  return found !== null && SHARED_TYPES.has(found) && isAvif(head) ? 'image/avif' : found;
}

function isCgbi(found: string | null, head: Uint8Array): boolean {
  const type = head.subarray(PNG_CHUNK_TYPE_OFFSET, PNG_CHUNK_TYPE_OFFSET + 4);
  return (found === 'image/png' || found === 'image/apng') && Buffer.from(type).toString('latin1') === 'CgBI';
}

/** Returns whether the `ftyp` box at the start of a file lists an AVIF brand. */
function isAvif(head: Uint8Array): boolean {
  const box = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const brands = box.toString('latin1', 8, Math.min(box.readUInt32BE(0), box.length));
  return brands.match(/.{4}/gs)?.some((brand) => AVIF_BRANDS.has(brand)) ?? false;
}

/**
 * Throws UnsupportedFileTypeError if the extension of a file name belongs to no accepted type. A name without an
 * extension passes. The extension of another accepted type passes too, because the content determines the type.
 */
export function checkExtension(fileName: string, types: readonly AcceptedType[]): void {
  // Windows ignores dots and spaces at the end of a name: `a.exe. ` means `a.exe`.
  const name = fileName.trim().replace(/(?<![. ])[. ]+$/, '');
  // An extension contains no spaces, so `John Smith Jr. photo` has no extension.
  const extension = /[^./\\]\.+([^./\\\s]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension !== undefined && !types.some((type) => type.extensions.includes(extension))) {
    throw new UnsupportedFileTypeError(`.${extension.slice(0, 20)}`, types);
  }
}
