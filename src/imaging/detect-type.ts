import type { AcceptedType } from './accepted-types.ts';
import { CGBI, UnsupportedFileTypeError } from './errors.ts';

/** Number of bytes at the start of a file that are enough to detect its type. This is the sample size of file-type. */
export const TYPE_SAMPLE_BYTES = 4100;

/** Layout of the first box of a HEIF or MP4 file, which contains its brands (ISO/IEC 14496-12, 4.3). */
const BOX_TYPE_OFFSET = 4;
const MAJOR_BRAND_OFFSET = 8;
const BRAND_BYTES = 4;
/** The minor version is between the major brand and the compatible brands. */
const COMPATIBLE_BRANDS_OFFSET = 16;
/** Brands of still and animated AVIF files. */
const AVIF_BRANDS = new Set(['avif', 'avis']);
/** Media types of HEIC files by their brands, of still and of animated files (ISO/IEC 23008-12, B.4). */
const HEIC_BRANDS = new Map([
  ...['heic', 'heix', 'heim', 'heis'].map((brand) => [brand, 'image/heic'] as const),
  ...['hevc', 'hevx', 'hevm', 'hevs'].map((brand) => [brand, 'image/heic-sequence'] as const),
]);

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
  // Loaded at the first upload, because it takes 1 MiB and consists of 45 files.
  const { fileTypeFromBuffer } = await import('file-type');
  const found = (await fileTypeFromBuffer(head))?.mime ?? null;
  if (isCgbi(found, head)) {
    return CGBI;
  }
  if (found === 'image/apng') {
    // An animated PNG is also a PNG.
    return 'image/png';
  }
  // file-type knows only some major brands. AVIF and HEIC share others, such as `mif1`, and `msf1` for animations.
  return readBrandedType(head) ?? found;
}

function isCgbi(found: string | null, head: Uint8Array): boolean {
  const type = head.subarray(PNG_CHUNK_TYPE_OFFSET, PNG_CHUNK_TYPE_OFFSET + 4);
  return (found === 'image/png' || found === 'image/apng') && Buffer.from(type).toString('latin1') === 'CgBI';
}

/** Returns the media type of an AVIF or HEIC by its brands, or null if it has none of their brands. */
function readBrandedType(head: Uint8Array): string | null {
  const brands = readBrands(head);
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) {
    return 'image/avif';
  }
  return brands.map((brand) => HEIC_BRANDS.get(brand)).find((mediaType) => mediaType !== undefined) ?? null;
}

/** Returns the brands of a file. There are none if the file does not begin with an `ftyp` box. */
function readBrands(head: Uint8Array): string[] {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.toString('latin1', BOX_TYPE_OFFSET, MAJOR_BRAND_OFFSET) !== 'ftyp') {
    return [];
  }
  const major = bytes.toString('latin1', MAJOR_BRAND_OFFSET, MAJOR_BRAND_OFFSET + BRAND_BYTES);
  const compatible = bytes.toString('latin1', COMPATIBLE_BRANDS_OFFSET, bytes.readUInt32BE(0));
  return [major, ...(compatible.match(/.{4}/gs) ?? [])];
}
