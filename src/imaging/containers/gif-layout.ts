// Layout of https://www.w3.org/Graphics/GIF/spec-gif89a.txt.

export const HEADER_BYTES = 13;
/** Offset of the logical screen's flags from the start of the file. */
export const FLAGS_OFFSET = 10;
export const EXTENSION = 0x21;
export const IMAGE = 0x2c;
/** Bytes of an image's separator, position, size and flags. */
export const IMAGE_DESCRIPTOR_BYTES = 10;

/** Returns the end of the color table that begins at `start`, or `start` if the flags announce no table. */
export function endOfPalette(gif: Buffer, start: number, flagsOffset: number): number {
  const flags = gif[flagsOffset] ?? 0;
  return start + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
}

/** Returns the end of a chain of data blocks, after the empty last block, or undefined if the file ends first. */
export function endOfBlocks(gif: Buffer, start: number): number | undefined {
  let offset = start;
  for (let size = gif[offset]; size !== undefined; size = gif[offset]) {
    offset += 1 + size;
    if (size === 0) {
      return offset;
    }
  }
  return undefined;
}
