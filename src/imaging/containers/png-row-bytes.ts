import { readPngHeader } from './png-header.ts';

/** First column and row of each pass of an interlaced PNG, and the distances to the next (PNG specification, 8.2). */
const PASSES = [
  { left: 0, top: 0, right: 8, down: 8 },
  { left: 4, top: 0, right: 8, down: 8 },
  { left: 0, top: 4, right: 4, down: 8 },
  { left: 2, top: 0, right: 4, down: 4 },
  { left: 0, top: 2, right: 2, down: 4 },
  { left: 1, top: 0, right: 2, down: 2 },
  { left: 0, top: 1, right: 1, down: 2 },
];
const WHOLE = [{ left: 0, top: 0, right: 1, down: 1 }];
const PALETTE = 3;

/** Returns the number of bytes of all rows of a PNG before compression, with the filter byte of each row. */
export function countPngRowBytes(png: Buffer): number {
  const { width, height, bitDepth, channels, colorType, interlaced } = readPngHeader(png);
  const bits = bitDepth * (colorType === PALETTE ? 1 : channels);
  return (interlaced ? PASSES : WHOLE).reduce((sum, { left, top, right, down }) => {
    const columns = Math.ceil((width - left) / right);
    const rows = Math.ceil((height - top) / down);
    return columns > 0 && rows > 0 ? sum + rows * (1 + Math.ceil((columns * bits) / 8)) : sum;
  }, 0);
}
