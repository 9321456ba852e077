import { pngRowLengths } from './png-row-bytes.ts';

/** Highest number of a filter (PNG specification, 9.2). libpng stops at a row with another one. */
const MAX_FILTER = 4;

/** Checks the filters of a PNG's rows, whose decompressed bytes arrive in pieces. */
export class PngFilters {
  readonly #lengths: Generator<number, undefined>;
  /** Offset of the next row from the end of the bytes so far. */
  #next = 0;
  #areKnown = true;

  constructor(png: Buffer) {
    this.#lengths = pngRowLengths(png);
  }

  /** False once a row has an unknown filter. */
  get areKnown(): boolean {
    return this.#areKnown;
  }

  update(bytes: Uint8Array): void {
    let offset = this.#next;
    // Each iteration advances by at least the filter byte of a row.
    while (offset < bytes.length) {
      const length = this.#lengths.next().value;
      this.#areKnown &&= length === undefined || (bytes[offset] ?? 0) <= MAX_FILTER;
      // Bytes after the last row do not matter.
      offset += length ?? Number.POSITIVE_INFINITY;
    }
    this.#next = offset - bytes.length;
  }
}
