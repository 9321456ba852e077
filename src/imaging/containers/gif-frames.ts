const HEADER_BYTES = 13;
/** Offset of the logical screen's flags from the start of the file. */
const FLAGS_AT = 10;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
/** Separator, place, size and flags. */
const IMAGE_DESCRIPTOR_BYTES = 10;
const TRAILER = Buffer.from([0x3b]);

/**
 * Returns a GIF that ends after a number of frames, with their colours and transparency, and without comments.
 * Returns the file unchanged if it has no frame or ends within one. The decoder then finds the fault.
 */
export function keepGifFrames(gif: Buffer, frames: number): Buffer {
  let at = endOfPalette(gif, HEADER_BYTES, FLAGS_AT);
  const kept = [gif.subarray(0, at)];
  let control: Buffer | undefined;
  let found = 0;
  // Each round moves on by two bytes or more, and the last one ends at the end of the file.
  while (found < frames && (gif[at] === EXTENSION || gif[at] === IMAGE)) {
    const isImage = gif[at] === IMAGE;
    // The table of colours and the size of the codes precede the first block of an image.
    const blocksAt = isImage
      ? endOfPalette(gif, at + IMAGE_DESCRIPTOR_BYTES, at + IMAGE_DESCRIPTOR_BYTES - 1) + 1
      : at + 2;
    const end = endOfBlocks(gif, blocksAt);
    if (end === undefined) {
      return gif;
    }
    const part = gif.subarray(at, end);
    if (isImage) {
      kept.push(...(control === undefined ? [] : [control]), part);
      control = undefined;
      found += 1;
    } else if (part[1] === GRAPHIC_CONTROL) {
      control = part;
    }
    at = end;
  }
  return found === 0 ? gif : Buffer.concat([...kept, TRAILER]);
}

/** Returns the end of the table of colours that begins at `start`, or `start` if the flags announce none. */
function endOfPalette(gif: Buffer, start: number, flagsAt: number): number {
  const flags = gif[flagsAt] ?? 0;
  return start + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
}

/** Returns the end of a chain of blocks, after its empty last one. Returns undefined if the file ends before. */
function endOfBlocks(gif: Buffer, start: number): number | undefined {
  let at = start;
  for (let size = gif[at]; size !== undefined; size = gif[at]) {
    at += 1 + size;
    if (size === 0) {
      return at;
    }
  }
  return undefined;
}
