import { UnreadableImageError } from '../errors.ts';

/** Reads big-endian numbers one after another. Throws UnreadableImageError at the end of the bytes. */
export class ByteReader {
  #offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Number of bytes read so far. */
  get position(): number {
    return this.#offset;
  }

  /** Number of bytes left. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Returns the number in the next bytes. Rounds numbers above 2^53. @param bytes 0 to 8. For 0, the number is 0. */
  uint(bytes: number): number {
    const end = this.#end(bytes);
    let value = 0;
    for (; this.#offset < end; this.#offset += 1) {
      value = value * 256 + (this.#bytes[this.#offset] ?? 0);
    }
    return value;
  }

  /** Returns a view of the next bytes. */
  bytes(count: number): Buffer {
    const start = this.#offset;
    this.#offset = this.#end(count);
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Returns the next four bytes as text, such as the type of a box. */
  code(): string {
    return this.bytes(4).toString('latin1');
  }

  #end(count: number): number {
    if (count > this.left) {
      throw new UnreadableImageError();
    }
    return this.#offset + count;
  }
}
