import { type Box, readTopBoxes } from './iso-boxes.ts';

/** Offset of a box's type from its start, after the four bytes of its size. */
const TYPE_OFFSET = 4;
const TYPE_BYTES = 4;
const BRAND_BYTES = 4;
/** Brand of a still AVIF. */
const STILL_BRAND = 'avif';
/** Brands that make libheif read tracks instead of the still picture, and their counterparts for still pictures. */
const ANIMATION_BRANDS: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' };

/**
 * Hides the tracks of an AVIF, and gives it the brands of a still AVIF, so that a decoder finds only the still picture.
 * libheif allocates tables for all frames that a track declares, and ten million frames take 600 MB. The bytes of the
 * tracks stay in the file, because offsets count from its start. The tracks may be truncated, because the still picture
 * does not need them.
 */
export function hideAvifTracks(avif: Buffer): Buffer {
  const boxes = readTopBoxes(avif);
  const truncatedAt = findTruncatedTracks(avif, boxes);
  if (truncatedAt === undefined && !boxes.some(mustChange)) {
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

/** Returns whether a box contains tracks, a brand that makes libheif look for tracks, or a first brand to replace. */
function mustChange({ type, body }: Box): boolean {
  const brands = type === 'ftyp' ? brandsOf(body) : [STILL_BRAND];
  return type === 'moov' || brands[0] !== STILL_BRAND || brands.some((brand) => brand in ANIMATION_BRANDS);
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
    ftyp.write(ANIMATION_BRANDS[brand] ?? '', index * BRAND_BYTES, 'latin1');
  }
  // libvips and libheif know only some first brands, and derive the codec from them.
  ftyp.write(STILL_BRAND, 0, 'latin1');
}
