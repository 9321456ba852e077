import { Readable } from 'node:stream';
import { FileMissingError, FileTooLargeError } from './errors.ts';
import type { PartContent } from './parts-parser.ts';

export interface FileStreamOptions {
  readonly maxBytes: number;
  /** Holds back the end until the rest of the body has been checked. */
  readonly beforeEnd: () => Promise<void>;
  /** The stream takes more, after a write that said to pause. */
  readonly onDrain: () => void;
}

/**
 * The bytes of one part. It never ends early: a file over its limit, an empty file and a body that breaks off are
 * errors. A reader that gives up lets the rest of the part flow past. At most a stream's buffer of it (64 KiB) and
 * one read from the socket are held before anyone reads.
 */
export class FileStream extends Readable {
  readonly #options: FileStreamOptions;
  #bytes = 0;
  /** The whole part was written: what is read now is no reason for more of the body to come. */
  #written = false;

  constructor(options: FileStreamOptions) {
    super();
    this.#options = options;
  }

  /** For the parser. */
  readonly content: PartContent = {
    write: (bytes) => {
      this.#bytes += bytes.length;
      if (this.#bytes > this.#options.maxBytes) {
        this.destroy(new FileTooLargeError(this.#options.maxBytes));
      }
      return this.destroyed || this.push(bytes);
    },
    end: () => {
      this.#written = true;
      if (this.destroyed) {
        return;
      }
      if (this.#bytes === 0) {
        this.destroy(new FileMissingError('The file is empty.'));
        return;
      }
      this.#options.beforeEnd().then(
        () => this.push(null),
        (error: Error) => this.destroy(error),
      );
    },
  };

  override _read(): void {
    if (!this.#written) {
      this.#options.onDrain();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this._read();
    callback(error);
  }
}
