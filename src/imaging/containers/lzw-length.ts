/** Bits of the longest code, and number of all codes (GIF89a, appendix F). */
const MAX_CODE_BITS = 12;
const MAX_CODES = 1 << MAX_CODE_BITS;
/** Bits of the largest color index. */
const MAX_INDEX_BITS = 8;

/**
 * Returns whether the LZW codes of a GIF stand for at least this many pixels. Adds up the lengths of their strings, and
 * does not expand them. Never throws. Takes time in proportion to the number of codes.
 * @param indexBits bits of a color index.
 */
export function hasPixels(data: Buffer, indexBits: number, pixels: number): boolean {
  if (indexBits < 1 || indexBits > MAX_INDEX_BITS) {
    return false;
  }
  const strings = new StringLengths(indexBits);
  const bits = 8 * data.length;
  let found = 0;
  // Each iteration reads a code of at least two bits.
  for (let bit = 0; found < pixels && bit + strings.codeBits <= bits; ) {
    const code = codeAt(data, bit, strings.codeBits);
    bit += strings.codeBits;
    const length = strings.add(code);
    if (length === undefined) {
      return false;
    }
    found += length;
  }
  return found >= pixels;
}

/** Returns the code at an offset in bits. Its lowest bit comes first. */
function codeAt(data: Buffer, bit: number, codeBits: number): number {
  const byte = bit >> 3;
  const value = (data[byte] ?? 0) | ((data[byte + 1] ?? 0) << 8) | ((data[byte + 2] ?? 0) << 16);
  return (value >> (bit & 7)) & ((1 << codeBits) - 1);
}

/** Lengths of the strings in an LZW table. */
class StringLengths {
  /** Bits of the next code. */
  codeBits: number;
  readonly #indexBits: number;
  readonly #clear: number;
  readonly #lengths = new Uint32Array(MAX_CODES).fill(1);
  #next: number;
  /** Length of the string before the next one. 0 after the table has been cleared. */
  #previous = 0;

  constructor(indexBits: number) {
    this.#indexBits = indexBits;
    this.#clear = 1 << indexBits;
    this.codeBits = indexBits + 1;
    this.#next = this.#clear + 2;
  }

  /** Returns the number of pixels of a code, or undefined if the code ends the picture or is invalid. */
  add(code: number): number | undefined {
    if (code === this.#clear) {
      this.codeBits = this.#indexBits + 1;
      this.#next = this.#clear + 2;
      this.#previous = 0;
      return 0;
    }
    const isKnown = code < this.#next || (code === this.#next && this.#previous > 0);
    if (code === this.#clear + 1 || !isKnown) {
      return undefined;
    }
    if (this.#previous > 0 && this.#next < MAX_CODES) {
      this.#lengths[this.#next] = this.#previous + 1;
      this.#next += 1;
      if (this.#next === 1 << this.codeBits && this.codeBits < MAX_CODE_BITS) {
        this.codeBits += 1;
      }
    }
    this.#previous = this.#lengths[code] ?? 0;
    return this.#previous;
  }
}
