/** Number of bytes at the start of a file that are enough to recognize HEIC: its first box with up to 29 brands. */
export const HEADER_BYTES = 128;

/** Brands of still and animated HEIC files. The brands `mif1` and `msf1` are shared with AVIF. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
const AVIF_BRANDS = new Set(['avif', 'avis']);

/** Returns whether a file is HEIC, by the brands in its `ftyp` box. Its name does not matter. */
export function isHeic(header: ArrayBuffer): boolean {
  const text = new TextDecoder('latin1').decode(header);
  if (text.slice(4, 8) !== 'ftyp') {
    return false;
  }
  const size = new DataView(header).getUint32(0);
  // The four bytes after the first brand are its version.
  const brands = [text.slice(8, 12), ...(text.slice(16, size).match(/.{4}/gs) ?? [])];
  return brands.some((brand) => HEIC_BRANDS.has(brand)) && !brands.some((brand) => AVIF_BRANDS.has(brand));
}
