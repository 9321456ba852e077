import { readText } from './read-text.ts';

/** A box of the ISO base media file format. */
export interface Box {
  readonly type: string;
  /** Offsets of the content's start and end. */
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;
/** Lengths with a special meaning (ISO/IEC 14496-12, 4.2). */
const UP_TO_END = 0;
const LARGE = 1;

/** Yields the boxes between two offsets. Ends before a box that is longer than the space. */
export function* readBoxes(file: DataView, start: number, end: number): Generator<Box> {
  // Each iteration advances by at least the header of a box.
  for (let offset = start; offset + HEADER_BYTES <= end; ) {
    const stated = file.getUint32(offset);
    const isLarge = stated === LARGE;
    const length = isLarge ? Number(file.getBigUint64(offset + HEADER_BYTES)) : stated;
    const next = length === UP_TO_END ? end : offset + length;
    const content = offset + (isLarge ? LARGE_HEADER_BYTES : HEADER_BYTES);
    if (next < content || next > end) {
      return;
    }
    yield { type: readText(file, offset + 4, 4), start: content, end: next };
    offset = next;
  }
}

/** Returns the first box of a type. */
export function findBox(boxes: Iterable<Box>, type: string): Box | undefined {
  return [...boxes].find((box) => box.type === type);
}
