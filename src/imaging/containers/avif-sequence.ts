import { readTopBoxes } from './iso-boxes.ts';

/** The type of a box follows the four bytes of its size. */
const TYPE_AT = 4;
const BRAND_BYTES = 4;
/** Brands by which libheif reads tracks instead of the still picture, and their counterparts for still pictures. */
const STILL_BRANDS: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' };

/**
 * Returns an AVIF without its tracks, so that a decoder sees only the still picture. libheif allocates tables for all
 * frames that a track claims to have: ten million of them take 600 MB. The tracks' bytes stay in the file, because offsets
 * count from its start.
 */
export function hideAvifTracks(avif: Buffer): Buffer {
  if (!readTopBoxes(avif).some(({ type }) => type === 'moov')) {
    return avif;
  }
  const still = Buffer.from(avif);
  for (const { type, start, body } of readTopBoxes(still)) {
    if (type === 'moov') {
      still.write('free', start + TYPE_AT, 'latin1');
    } else if (type === 'ftyp') {
      replaceBrands(body);
    }
  }
  return still;
}

/** Replaces the brands of an animation in an `ftyp` box. The version between them is no brand, but has the same length. */
function replaceBrands(ftyp: Buffer): void {
  for (let at = 0; at + BRAND_BYTES <= ftyp.length; at += BRAND_BYTES) {
    const brand = STILL_BRANDS[ftyp.toString('latin1', at, at + BRAND_BYTES)];
    ftyp.write(brand ?? '', at, 'latin1');
  }
  // libheif wants to know the codec from the first brand, which may be one that AVIF shares with HEIC.
  ftyp.write('avif', 0, 'latin1');
}
