/** Chunks of any size that a body may come in, so that a short body may come byte by byte. */
const FREE_CHUNKS = 2_048;
/** Bytes of a chunk on average, beyond those. Senders that buffer at all send hundreds; the cost of a chunk is that of about 500 bytes. */
const MIN_MEAN_CHUNK_BYTES = 64;

/**
 * Watches in how many pieces a body comes. Each piece costs the same few microseconds, however small it is: HTTP chunks of
 * one byte make five megabytes cost half a minute of processor time.
 */
export class Fragmentation {
  #chunks = 0;
  #bytes = 0;

  /** Counts a chunk. @returns whether the body comes in too many pieces for its size. */
  exceededBy(chunk: { readonly length: number }): boolean {
    this.#chunks += 1;
    this.#bytes += chunk.length;
    return this.#chunks > FREE_CHUNKS + this.#bytes / MIN_MEAN_CHUNK_BYTES;
  }
}
