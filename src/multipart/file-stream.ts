import { Readable } from 'node:stream';
import { FileMissingError, FileTooLargeError } from './errors.ts';
import type { PartContent } from './parts-parser.ts';

export interface FileStreamOptions {
  readonly maxBytes: number;
  /** Delays the end of the stream until the rest of the body has been checked. */
  readonly beforeEnd: () => Promise<void>;
  /** Called when the stream accepts more bytes after a `write` that returned false. */
  readonly onDrain: () => void;
}

/**
 * Streams the bytes of one part. A stream never ends early: a file over its limit, an empty file and a truncated body
 * are errors. If the reader destroys the stream, the rest of the part is discarded. Until the stream is read, it holds
 * at most its own buffer (64 KiB) and one read from the socket.
 */
export class FileStream extends Readable {
  readonly #options: FileStreamOptions;
  #bytes = 0;
  /** True if the whole part was written. Reading it then no longer requests more of the body. */
  #written = false;

  constructor(options: FileStreamOptions) {
    super();
    this.#options = options;
  }

  /** Receives the content of the part from the parser. */
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
        this.destroy(new FileMissingError('The file is empty. Choose another file.'));
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
