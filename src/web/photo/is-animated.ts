import { HEADER_BYTES, readBrands } from './detect-media-type.ts';
import { readText } from './upright/read-text.ts';

const WEBP_FLAGS_OFFSET = 20;
const WEBP_ANIMATION_FLAG = 0x02;
const ANIMATION_BRANDS = new Set(['avis', 'hevc', 'hevx', 'hevm', 'hevs']);
const PNG_SIGNATURE_BYTES = 8;
/** Length, type and checksum of a PNG chunk. */
const PNG_CHUNK_BYTES = 12;
/** Layout of a GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt. */
const GIF = {
  headerBytes: 13,
  descriptorBytes: 10,
  image: 0x2c,
  extension: 0x21,
} as const;

/** Returns whether a file holds an animation. Returns false for a truncated file. */
export function isAnimated(file: ArrayBuffer, mediaType: string): boolean {
  const view = new DataView(file);
  try {
    switch (mediaType) {
      case 'image/gif':
        return hasTwoImages(view);
      case 'image/png':
        return hasAnimationControl(view);
      case 'image/webp':
        return (
          readText(view, 12, 4) === 'VP8X' && (view.getUint8(WEBP_FLAGS_OFFSET) & WEBP_ANIMATION_FLAG) !== 0
        );
      default:
        return readBrands(file.slice(0, HEADER_BYTES)).some((brand) => ANIMATION_BRANDS.has(brand));
    }
  } catch (error) {
    if (error instanceof RangeError) {
      return false;
    }
    throw error;
  }
}

/** Returns whether a PNG has an `acTL` chunk, which precedes the pixels (PNG, third edition, 11.3.6.1). */
function hasAnimationControl(file: DataView): boolean {
  // Each iteration advances by at least the fields of a chunk, and reading past the end throws RangeError.
  for (let offset = PNG_SIGNATURE_BYTES; ; ) {
    const type = readText(file, offset + 4, 4);
    if (type === 'acTL' || type === 'IDAT') {
      return type === 'acTL';
    }
    offset += PNG_CHUNK_BYTES + file.getUint32(offset);
  }
}

function hasTwoImages(file: DataView): boolean {
  let images = 0;
  // Each iteration advances by at least one block, and reading past the end throws RangeError.
  for (let offset = GIF.headerBytes + paletteBytes(file.getUint8(10)); ; ) {
    const block = file.getUint8(offset);
    if (block === GIF.image) {
      images += 1;
      // The pixels follow the descriptor, the palette and the size of the codes.
      offset += GIF.descriptorBytes + paletteBytes(file.getUint8(offset + GIF.descriptorBytes - 1)) + 1;
    } else if (block === GIF.extension) {
      offset += 2;
    } else {
      return false;
    }
    if (images === 2) {
      return true;
    }
    offset = skipSubBlocks(file, offset);
  }
}

/** Returns the length in bytes of the palette that these flags announce. */
function paletteBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** Returns the offset after a sequence of sub-blocks, which an empty sub-block ends. */
function skipSubBlocks(file: DataView, start: number): number {
  let offset = start;
  // Each iteration advances by at least one byte.
  for (let length = file.getUint8(offset); length > 0; length = file.getUint8(offset)) {
    offset += 1 + length;
  }
  return offset + 1;
}
