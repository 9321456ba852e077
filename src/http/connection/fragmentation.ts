/** Chunks of any size that a body may have, so that a short body can arrive byte by byte. */
const FREE_CHUNKS = 2_048;
/** Minimum mean of a chunk's bytes beyond FREE_CHUNKS. Senders that buffer send hundreds. A chunk costs as much as about 500 bytes. */
const MIN_MEAN_CHUNK_BYTES = 64;

/**
 * Bounds the number of chunks of a body. Each chunk costs the same few microseconds, however small it is: five megabytes
 * in HTTP chunks of one byte cost half a minute of processor time.
 */
export class Fragmentation {
  readonly #freeChunks: number;
  #chunks = 0;
  #bytes = 0;

  /** @param freeChunks number of chunks that may have any size. */
  constructor(freeChunks = FREE_CHUNKS) {
    this.#freeChunks = freeChunks;
  }

  /** Counts a chunk. @returns whether the body has too many chunks for its size. */
  exceededBy(chunk: { readonly length: number }): boolean {
    this.#chunks += 1;
    this.#bytes += chunk.length;
    return this.#chunks > this.#freeChunks + this.#bytes / MIN_MEAN_CHUNK_BYTES;
  }
}
