import { finished, type Readable } from 'node:stream';

/** Number of gathered bytes at which the stream is paused. */
const MAX_GATHERED_BYTES = 256 * 1024;

/**
 * Keeps reading a stream while the consumer is busy, so that the consumer gets all chunks that arrived in the
 * meantime at once. Pauses the stream if too many bytes gather.
 */
export class GatheredChunks {
  readonly #source: Readable;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = () => {};

  constructor(source: Readable) {
    this.#source = source;
    source.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes >= MAX_GATHERED_BYTES) {
        source.pause();
      }
      this.#wake();
    });
    finished(source, (error) => {
      this.#ended = true;
      this.#error = error ?? undefined;
      this.#wake();
    });
  }

  /**
   * Returns at least the first `bytes` bytes, or all bytes if there are fewer. Does not take them. Call this before
   * `take`.
   * Rejects with the error that destroyed the stream.
   */
  async peek(bytes: number): Promise<Buffer> {
    await this.#waitFor(Math.min(bytes, MAX_GATHERED_BYTES));
    const [first = Buffer.alloc(0)] = this.#chunks;
    return first.length === this.#bytes ? first : Buffer.concat(this.#chunks);
  }

  /**
   * Takes all gathered chunks, at least one. Returns no chunks if the stream has ended.
   * Rejects with the error that destroyed the stream.
   */
  async take(): Promise<Buffer[]> {
    await this.#waitFor(1);
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    if (this.#source.isPaused()) {
      this.#source.resume();
    }
    return chunks;
  }

  /** Destroys the stream. */
  destroy(): void {
    this.#source.destroy();
  }

  async #waitFor(bytes: number): Promise<void> {
    while (this.#bytes < bytes && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error !== undefined) {
      throw this.#error;
    }
  }
}
