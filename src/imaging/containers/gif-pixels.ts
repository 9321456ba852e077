import { EXTENSION, FLAGS_OFFSET, HEADER_BYTES, IMAGE, IMAGE_DESCRIPTOR_BYTES } from './gif-layout.ts';
import { hasPixels } from './lzw-length.ts';

/** Offsets of an image's width, height and flags from its separator. */
const WIDTH_OFFSET = 5;
const HEIGHT_OFFSET = 7;
const IMAGE_FLAGS_OFFSET = 9;

/**
 * Returns whether each of a GIF's first `frames` frames has a value for each of its pixels. Ignores a missing end.
 * Returns false if there are fewer frames. Never throws. Takes time in proportion to the file's size.
 */
export function hasAllGifPixels(gif: Buffer, frames: number): boolean {
  const scratch = Buffer.allocUnsafe(gif.length);
  let offset = HEADER_BYTES + paletteBytes(gif[FLAGS_OFFSET]);
  let found = 0;
  // Each iteration advances by at least two bytes, and the loop ends at the end of the file at the latest.
  while (found < frames && (gif[offset] === EXTENSION || gif[offset] === IMAGE)) {
    if (gif[offset] === EXTENSION) {
      offset = readBlocks(gif, offset + 2, scratch).end;
      continue;
    }
    const start = offset + IMAGE_DESCRIPTOR_BYTES;
    if (start > gif.length) {
      return false;
    }
    const pixels = gif.readUInt16LE(offset + WIDTH_OFFSET) * gif.readUInt16LE(offset + HEIGHT_OFFSET);
    const codeSize = start + paletteBytes(gif[offset + IMAGE_FLAGS_OFFSET]);
    const { data, end } = readBlocks(gif, codeSize + 1, scratch);
    if (!hasPixels(data, gif[codeSize] ?? 0, pixels)) {
      return false;
    }
    found += 1;
    offset = end;
  }
  return found === frames;
}

function paletteBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/**
 * Returns the content of a chain of data blocks. The last block may be truncated, and the empty block missing.
 * @param scratch receives the content, because a block may have a single byte, and a view of it would take a hundred.
 */
function readBlocks(
  gif: Buffer,
  start: number,
  scratch: Buffer,
): { readonly data: Buffer; readonly end: number } {
  let length = 0;
  let offset = start;
  // Each iteration advances by at least one byte.
  for (let size = gif[offset]; size !== undefined; size = gif[offset]) {
    length += gif.copy(scratch, length, offset + 1, offset + 1 + size);
    offset += 1 + size;
    if (size === 0) {
      break;
    }
  }
  return { data: scratch.subarray(0, length), end: offset };
}
