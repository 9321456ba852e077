const FIRST_BYTES = 1024;

/** Collects chunks in one buffer. Above 1 KiB, the buffer is never more than twice as large as its content. */
export class GrowingBuffer {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Number of collected bytes. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that the buffer takes. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Copies a chunk to the end, so that the chunk's own memory can be released. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0) {
      return;
    }
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      // Don't allocate from Node's shared pool, because a single small body would keep it alive.
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length, 2 * this.#buffer.length));
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /**
   * Releases the memory at once, because the garbage collector could take seconds. Views of the buffer become empty.
   */
  free(): void {
    const { buffer } = this.#buffer;
    if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) {
      buffer.transfer(0);
    }
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  /** Returns a view of the collected bytes. The view is valid until the next `append` or `free`. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
