import { GrowingBuffer } from './growing-buffer.ts';

const EMPTY = Buffer.alloc(0);

/** Joins chunks in one buffer. Keeps a single chunk as it is, because most small bodies arrive in one chunk. */
export class JoinedChunks {
  #first: Buffer = EMPTY;
  /** Undefined until the second chunk. */
  #joined: GrowingBuffer | undefined;

  /** Number of bytes of all chunks. */
  get length(): number {
    return this.#joined?.length ?? this.#first.length;
  }

  /** Bytes of memory that the chunks take. */
  get capacity(): number {
    return this.#joined?.capacity ?? this.#first.length;
  }

  /** Adds a chunk. Copies it unless it is the first one. */
  append(chunk: Buffer): void {
    if (this.#joined === undefined && this.#first.length > 0) {
      this.#joined = new GrowingBuffer();
      this.#joined.append(this.#first);
      this.#first = EMPTY;
    }
    if (this.#joined === undefined) {
      this.#first = chunk;
    } else {
      this.#joined.append(chunk);
    }
  }

  /** Releases the memory of joined chunks at once. Views of them become empty. */
  free(): void {
    this.#joined?.free();
    this.#first = EMPTY;
  }

  /** Returns a view of the bytes. The view is valid until the next `append` or `free`. */
  bytes(): Buffer {
    return this.#joined?.bytes() ?? this.#first;
  }
}
