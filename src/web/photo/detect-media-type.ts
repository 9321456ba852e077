import { readText } from './upright/read-text.ts';

/** Number of bytes at the start of a file that decide its type. The server reads as many. */
export const HEADER_BYTES = 4100;

/** Brands of still and animated files (ISO/IEC 23008-12, B.4). Both types share the brands `mif1` and `msf1`. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
const AVIF_BRANDS = new Set(['avif', 'avis']);

/** Latin-1 texts in the first bytes of each type, by their offset. */
const SIGNATURES: readonly (readonly [mediaType: string, texts: Readonly<Record<number, string>>])[] = [
  ['image/jpeg', { 0: '\xff\xd8\xff' }],
  ['image/png', { 0: '\x89PNG\r\n\x1a\n' }],
  ['image/gif', { 0: 'GIF87a' }],
  ['image/gif', { 0: 'GIF89a' }],
  ['image/webp', { 0: 'RIFF', 8: 'WEBP' }],
  ['image/bmp', { 0: 'BM' }],
  ['image/tiff', { 0: 'II*\0' }],
  ['image/tiff', { 0: 'MM\0*' }],
  ['image/jxl', { 0: '\xff\x0a' }],
  ['image/jxl', { 0: '\0\0\0\x0cJXL \r\n\x87\n' }],
];

/**
 * Returns the media type of a picture by its first {@link HEADER_BYTES} bytes. Its name does not matter. Returns
 * undefined for anything else, also for SVG, which is a document.
 */
export function detectMediaType(header: ArrayBuffer): string | undefined {
  const text = textOf(header);
  const found = SIGNATURES.find(([, texts]) =>
    Object.entries(texts).every(([offset, expected]) => text.startsWith(expected, Number(offset))),
  );
  return found?.[0] ?? typeOfBrands(readBrands(header));
}

/** Returns the brands of a file. There are none if the file does not begin with an `ftyp` box. */
export function readBrands(header: ArrayBuffer): readonly string[] {
  const text = textOf(header);
  if (text.slice(4, 8) !== 'ftyp') {
    return [];
  }
  const size = new DataView(header).getUint32(0);
  // The four bytes after the first brand are its version.
  return [text.slice(8, 12), ...(text.slice(16, size).match(/.{4}/gs) ?? [])];
}

function typeOfBrands(brands: readonly string[]): string | undefined {
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) {
    return 'image/avif';
  }
  return brands.some((brand) => HEIC_BRANDS.has(brand)) ? 'image/heic' : undefined;
}

/** Returns the bytes as Latin-1. In browsers, TextDecoder reads `latin1` as windows-1252, which differs. */
function textOf(header: ArrayBuffer): string {
  return readText(new DataView(header), 0, Math.min(header.byteLength, HEADER_BYTES));
}
