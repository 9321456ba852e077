import { UnreadableImageError } from '../errors.ts';

/** Reads big-endian numbers one after another. Throws UnreadableImageError at the end of the bytes. */
export class ByteReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Number of bytes read so far. */
  get position(): number {
    return this.#at;
  }

  /** Number of bytes left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Returns the number in the next bytes. @param bytes 0 to 8; 0 bytes are the number 0. Rounds numbers above 2^53. */
  uint(bytes: number): number {
    const end = this.#end(bytes);
    let value = 0;
    for (; this.#at < end; this.#at += 1) {
      value = value * 256 + (this.#bytes[this.#at] ?? 0);
    }
    return value;
  }

  /** Returns the next bytes, without a copy. */
  bytes(count: number): Buffer {
    const start = this.#at;
    this.#at = this.#end(count);
    return this.#bytes.subarray(start, this.#at);
  }

  /** Returns the next four bytes as text, such as the type of a box. */
  code(): string {
    return this.bytes(4).toString('latin1');
  }

  #end(count: number): number {
    if (count > this.left) {
      throw new UnreadableImageError();
    }
    return this.#at + count;
  }
}
