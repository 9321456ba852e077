const FIRST_BYTES = 1024;

/** Gathers chunks in one buffer, which is never more than twice as large as what it holds, beyond its first kilobyte. */
export class GrowingBuffer {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Bytes that were gathered. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Copies a chunk to the end, so that the chunk's own memory can be given back. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0) {
      return;
    }
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      // From its own memory and not from Node's shared slab, which one small body would keep alive.
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length, 2 * this.#buffer.length));
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /**
   * Gives the memory back at once, where the garbage collector could take seconds. Views of it have no bytes any more.
   */
  free(): void {
    const { buffer } = this.#buffer;
    if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) {
      buffer.transfer(0);
    }
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  /** Returns what was gathered, as a view that the next append may leave behind. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
