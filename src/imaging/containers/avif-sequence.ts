import { type Box, readTopBoxes } from './iso-boxes.ts';

/** The type of a box follows the four bytes of its size. */
const TYPE_AT = 4;
const TYPE_BYTES = 4;
const BRAND_BYTES = 4;
/** Brands by which libheif reads tracks instead of the still picture, and their counterparts for still pictures. */
const STILL_BRANDS: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' };

/**
 * Returns an AVIF without its tracks, so that a decoder sees only the still picture. libheif allocates tables for all
 * frames that a track claims to have: ten million of them take 600 MB. The tracks' bytes stay in the file, because offsets
 * count from its start. The end of the file may cut the tracks off, because the still picture does not need them.
 */
export function hideAvifTracks(avif: Buffer): Buffer {
  const boxes = readTopBoxes(avif);
  const cutAt = findCutTracks(avif, boxes);
  if (cutAt === undefined && !boxes.some(belongsToSequence)) {
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
  if (cutAt !== undefined) {
    // libheif refuses a box that exceeds the file.
    still.writeUInt32BE(still.length - cutAt, cutAt);
    still.write('free', cutAt + TYPE_AT, 'latin1');
  }
  return still;
}

/** Returns whether a box holds tracks, or a brand by which libheif looks for them. */
function belongsToSequence({ type, body }: Box): boolean {
  return type === 'moov' || (type === 'ftyp' && brandsOf(body).some((brand) => brand in STILL_BRANDS));
}

/** Returns the offset of an incomplete `moov` box at the end of a file, or undefined. */
function findCutTracks(avif: Buffer, boxes: readonly Box[]): number | undefined {
  const end = boxes.at(-1)?.end ?? 0;
  return avif.toString('latin1', end + TYPE_AT, end + TYPE_AT + TYPE_BYTES) === 'moov' ? end : undefined;
}

/** Returns the brands in an `ftyp` box. The version between them is no brand, but has the same length. */
function brandsOf(ftyp: Buffer): string[] {
  return ftyp.toString('latin1').match(/.{4}/gs) ?? [];
}

/** Replaces the brands of an animation in an `ftyp` box. */
function replaceBrands(ftyp: Buffer): void {
  for (const [index, brand] of brandsOf(ftyp).entries()) {
    ftyp.write(STILL_BRANDS[brand] ?? '', index * BRAND_BYTES, 'latin1');
  }
  // libheif wants to know the codec from the first brand, which may be one that AVIF shares with HEIC.
  ftyp.write('avif', 0, 'latin1');
}
