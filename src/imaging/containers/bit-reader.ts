import { UnreadableImageError } from '../errors.ts';

/** Reads numbers bit by bit, most significant bit first. Throws UnreadableImageError at the end of the bytes. */
export class BitReader {
  /** Offset in bits. */
  #offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  flag(): boolean {
    return this.uint(1) === 1;
  }

  /** Returns a number of at most 32 bits. */
  uint(bits: number): number {
    let value = 0;
    for (let count = 0; count < bits; count += 1) {
      const byte = this.#bytes[this.#offset >> 3];
      if (byte === undefined) {
        throw new UnreadableImageError();
      }
      value = value * 2 + ((byte >> (7 - (this.#offset & 7))) & 1);
      this.#offset += 1;
    }
    return value;
  }

  skip(bits: number): void {
    this.#offset += bits;
  }

  /** Skips a number of variable length: n zero bits, a one bit, and n further bits (AV1 specification, 4.10.3). */
  skipExpGolomb(): void {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
    }
    this.skip(zeros);
  }
}
