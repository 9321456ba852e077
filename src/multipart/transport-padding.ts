const SPACE = 0x20;
const TAB = 0x09;

/**
 * Takes the blanks away that may stand between a delimiter and its line break (RFC 2046, section 5.1.1, "transport
 * padding"): Dicer would take them for a header. Nothing else of a body is touched.
 */
export class TransportPadding {
  readonly #delimiter: Buffer;
  /** What came last, as much as can be the beginning of a delimiter. A body may begin with one, as after a line break. */
  #tail: Buffer = Buffer.from('\r\n');
  /** The chunk before ended behind a delimiter, or within its padding. */
  #inPadding = false;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** The next chunk of the body without its padding; mostly the very same. */
  remove(chunk: Buffer): Buffer {
    const kept: Buffer[] = [];
    let keptTo = 0;
    for (const end of this.#delimiterEnds(chunk)) {
      const next = skipBlanks(chunk, end);
      if (next > end) {
        kept.push(chunk.subarray(keptTo, end));
        keptTo = next;
      }
    }
    return keptTo === 0 ? chunk : Buffer.concat([...kept, chunk.subarray(keptTo)]);
  }

  /** Where delimiters end in a chunk, also those that began in the one before. */
  #delimiterEnds(chunk: Buffer): number[] {
    const length = this.#delimiter.length;
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, length - 1)]);
    const straddling = seam.indexOf(this.#delimiter);
    const ends: number[] = [];
    if (this.#inPadding) {
      ends.push(0);
    }
    if (straddling !== -1) {
      ends.push(straddling + length - this.#tail.length);
    }
    for (
      let at = chunk.indexOf(this.#delimiter);
      at !== -1;
      at = chunk.indexOf(this.#delimiter, at + length)
    ) {
      ends.push(at + length);
    }
    const last = ends.at(-1);
    this.#inPadding = last !== undefined && skipBlanks(chunk, last) === chunk.length;
    const both = chunk.length < length ? Buffer.concat([this.#tail, chunk]) : chunk;
    this.#tail = Buffer.from(both.subarray(-(length - 1)));
    return ends;
  }
}

/** The first place from here on that holds no blank. */
function skipBlanks(chunk: Buffer, from: number): number {
  let at = from;
  while (chunk[at] === SPACE || chunk[at] === TAB) {
    at += 1;
  }
  return at;
}
