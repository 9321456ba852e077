const HEADER_BYTES = 13;
/** Offset of the logical screen's flags from the start of the file. */
const FLAGS_OFFSET = 10;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
/** Bytes of an image's separator, position, size and flags. */
const IMAGE_DESCRIPTOR_BYTES = 10;
const TRAILER = Buffer.from([0x3b]);

/**
 * Returns a GIF with only its first `frames` frames. Keeps color tables and transparency, and removes comments.
 * Returns the file unchanged if it has no frame, or ends within a frame. The decoder then reports the error.
 */
export function keepGifFrames(gif: Buffer, frames: number): Buffer {
  let offset = endOfPalette(gif, HEADER_BYTES, FLAGS_OFFSET);
  const kept = [gif.subarray(0, offset)];
  let control: Buffer | undefined;
  let found = 0;
  // Each iteration advances by at least two bytes, and the loop ends at the end of the file at the latest.
  while (found < frames && (gif[offset] === EXTENSION || gif[offset] === IMAGE)) {
    const isImage = gif[offset] === IMAGE;
    // The color table and the code size precede the first data block of an image.
    const blocksStart = isImage
      ? endOfPalette(gif, offset + IMAGE_DESCRIPTOR_BYTES, offset + IMAGE_DESCRIPTOR_BYTES - 1) + 1
      : offset + 2;
    const end = endOfBlocks(gif, blocksStart);
    if (end === undefined) {
      return gif;
    }
    const part = gif.subarray(offset, end);
    if (isImage) {
      kept.push(...(control === undefined ? [] : [control]), part);
      control = undefined;
      found += 1;
    } else if (part[1] === GRAPHIC_CONTROL) {
      control = part;
    }
    offset = end;
  }
  return found === 0 ? gif : Buffer.concat([...kept, TRAILER]);
}

/** Returns the end of the color table that begins at `start`, or `start` if the flags announce no table. */
function endOfPalette(gif: Buffer, start: number, flagsOffset: number): number {
  const flags = gif[flagsOffset] ?? 0;
  return start + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
}

/** Returns the end of a chain of data blocks, after the empty last block, or undefined if the file ends first. */
function endOfBlocks(gif: Buffer, start: number): number | undefined {
  let offset = start;
  for (let size = gif[offset]; size !== undefined; size = gif[offset]) {
    offset += 1 + size;
    if (size === 0) {
      return offset;
    }
  }
  return undefined;
}
