import { PREFIX } from './jpeg-segments.ts';

/** Bytes after the data that a reader may load. The longest code and its value start in the last byte and take four. */
const READ_AHEAD_BYTES = 12;

/** Entropy-coded data of a JPEG up to the next marker, without the zero bytes that follow 0xff (T.81, B.1.1.5). */
export interface EntropyData {
  readonly bytes: Uint8Array;
  /** Length without the padding that follows. The padding is all ones, which is not a valid code. */
  readonly length: number;
  /** Offset in the file of the marker's prefix, or of the end of the file. */
  readonly end: number;
}

/** Returns the offset of the marker that ends entropy-coded data, or of the end of the file. */
export function findEntropyEnd(jpeg: Buffer, from: number): number {
  // Each iteration advances by at least two bytes.
  for (let offset = jpeg.indexOf(PREFIX, from); offset !== -1; offset = jpeg.indexOf(PREFIX, offset + 2)) {
    if (jpeg[offset + 1] !== 0) {
      return offset;
    }
  }
  return jpeg.length;
}

/** Reads the entropy-coded data at an offset. `scratch` receives the bytes and must be at least as long as the file. */
export function readEntropyData(jpeg: Buffer, from: number, scratch: Buffer): EntropyData {
  let length = 0;
  let offset = from;
  // A loop over all bytes, because a JPEG may have a restart marker after each byte. A search would start that often.
  for (; offset < jpeg.length; offset += 1) {
    const byte = jpeg[offset] ?? 0;
    if (byte === PREFIX) {
      if (jpeg[offset + 1] !== 0) {
        break;
      }
      offset += 1;
    }
    scratch[length] = byte;
    length += 1;
  }
  // A loop too, because a call of `fill` takes longer.
  for (let padding = 0; padding < READ_AHEAD_BYTES; padding += 1) {
    scratch[length + padding] = PREFIX;
  }
  return { bytes: scratch, length, end: offset };
}

/** Returns a buffer for `readEntropyData`. */
export function makeScratch(jpeg: Buffer): Buffer {
  return Buffer.allocUnsafe(jpeg.length + READ_AHEAD_BYTES);
}
