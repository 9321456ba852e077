import { finished, type Readable } from 'node:stream';

/** Bytes that may gather before the stream is paused. */
const MAX_GATHERED_BYTES = 256 * 1024;

/**
 * Reads a stream on while its reader is busy, so that the reader gets in one go what came meanwhile. The stream is
 * paused when that is much.
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
   * The first bytes, this many at least, or all if there are fewer; they stay to be taken. To be asked for before
   * anything was taken. Rejects with what destroyed the stream.
   */
  async peek(bytes: number): Promise<Buffer> {
    await this.#gather(Math.min(bytes, MAX_GATHERED_BYTES));
    const [first = Buffer.alloc(0)] = this.#chunks;
    return first.length === this.#bytes ? first : Buffer.concat(this.#chunks);
  }

  /** What has gathered: one chunk at least, or none if the stream has ended. Rejects with what destroyed the stream. */
  async take(): Promise<Buffer[]> {
    await this.#gather(1);
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    if (this.#source.isPaused()) {
      this.#source.resume();
    }
    return chunks;
  }

  /** Ends the stream, wherever it is. */
  destroy(): void {
    this.#source.destroy();
  }

  async #gather(bytes: number): Promise<void> {
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
