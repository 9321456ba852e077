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

/** Rows of equal length: all rows of a PNG, or those of one pass. */
interface Pass {
  readonly rows: number;
  /** Bytes of a row before compression, with its filter byte. */
  readonly rowBytes: number;
}

function passesOf(png: Buffer): Pass[] {
  const { width, height, bitDepth, channels, colorType, interlaced } = readPngHeader(png);
  const bits = bitDepth * (colorType === PALETTE ? 1 : channels);
  return (interlaced ? PASSES : WHOLE).flatMap(({ left, top, right, down }) => {
    const columns = Math.ceil((width - left) / right);
    const rows = Math.ceil((height - top) / down);
    return columns > 0 && rows > 0 ? [{ rows, rowBytes: 1 + Math.ceil((columns * bits) / 8) }] : [];
  });
}

/** Returns the number of bytes of all rows of a PNG before compression, with the filter byte of each row. */
export function countPngRowBytes(png: Buffer): number {
  return passesOf(png).reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, 0);
}

/** Yields the number of bytes of each row of a PNG before compression, with its filter byte. */
export function* pngRowLengths(png: Buffer): Generator<number, undefined> {
  for (const { rows, rowBytes } of passesOf(png)) {
    for (let row = 0; row < rows; row += 1) {
      yield rowBytes;
    }
  }
  return undefined;
}
