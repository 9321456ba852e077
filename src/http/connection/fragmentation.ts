/** Number of chunks of a body that can have any size, so a short body can arrive byte by byte. */
const FREE_CHUNKS = 2_048;
/**
 * Minimum average bytes per chunk beyond FREE_CHUNKS. Clients that buffer send hundreds. A chunk costs as much as about
 * 500 bytes.
 */
const MIN_MEAN_CHUNK_BYTES = 64;

/** Bounds the number of chunks of a body. Node's parser takes about a microsecond for each one, however small it is. */
export class Fragmentation {
  #chunks = 0;
  #bytes = 0;

  /** Counts a chunk. @returns whether the body has too many chunks for its size. */
  exceededBy(chunk: { readonly length: number }): boolean {
    this.#chunks += 1;
    this.#bytes += chunk.length;
    return this.#chunks > FREE_CHUNKS + this.#bytes / MIN_MEAN_CHUNK_BYTES;
  }
}
