import { type Box, readTopBoxes } from './iso-boxes.ts';

/** Offset of a box's type from its start, after the four bytes of its size. */
const TYPE_OFFSET = 4;
const TYPE_BYTES = 4;
const BRAND_BYTES = 4;
/** Brands that make libheif read tracks instead of the still picture, and their counterparts for still pictures. */
const STILL_BRANDS: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' };

/**
 * Hides the tracks of an AVIF, so that a decoder finds only the still picture. libheif allocates tables for all
 * frames that a track declares, and ten million frames take 600 MB. The bytes of the tracks stay in the file, because
 * offsets count from its start. The tracks may be truncated, because the still picture does not need them.
 */
export function hideAvifTracks(avif: Buffer): Buffer {
  const boxes = readTopBoxes(avif);
  const truncatedAt = findTruncatedTracks(avif, boxes);
  if (truncatedAt === undefined && !boxes.some(belongsToSequence)) {
    return avif;
  }
  const still = Buffer.from(avif);
  for (const { type, start, body } of readTopBoxes(still)) {
    if (type === 'moov') {
      still.write('free', start + TYPE_OFFSET, 'latin1');
    } else if (type === 'ftyp') {
      replaceBrands(body);
    }
  }
  if (truncatedAt !== undefined) {
    // libheif rejects a box that exceeds the file.
    still.writeUInt32BE(still.length - truncatedAt, truncatedAt);
    still.write('free', truncatedAt + TYPE_OFFSET, 'latin1');
  }
  return still;
}

/** Returns whether a box contains tracks, or a brand that makes libheif look for tracks. */
function belongsToSequence({ type, body }: Box): boolean {
  return type === 'moov' || (type === 'ftyp' && brandsOf(body).some((brand) => brand in STILL_BRANDS));
}

/** Returns the offset of a truncated `moov` box at the end of a file, or undefined. */
function findTruncatedTracks(avif: Buffer, boxes: readonly Box[]): number | undefined {
  const end = boxes.at(-1)?.end ?? 0;
  const type = avif.toString('latin1', end + TYPE_OFFSET, end + TYPE_OFFSET + TYPE_BYTES);
  return type === 'moov' ? end : undefined;
}

/** Returns the brands in an `ftyp` box, and the minor version between them, which has the same length. */
function brandsOf(ftyp: Buffer): string[] {
  return ftyp.toString('latin1').match(/.{4}/gs) ?? [];
}

/** Replaces the brands of animations in an `ftyp` box with those of still pictures. */
function replaceBrands(ftyp: Buffer): void {
  for (const [index, brand] of brandsOf(ftyp).entries()) {
    ftyp.write(STILL_BRANDS[brand] ?? '', index * BRAND_BYTES, 'latin1');
  }
  // libheif derives the codec from the first brand, which may be a brand that AVIF shares with HEIC.
  ftyp.write('avif', 0, 'latin1');
}
