import { Readable } from 'node:stream';
import { FileMissingError, FileTooLargeError, MalformedRequestError } from './errors.ts';

/**
 * The bytes of one part. It never ends early: a file over its limit, an empty file and a body that breaks off are
 * errors, and `beforeEnd` can hold back the end until the rest of the body has been checked. A reader that gives up
 * lets the rest of the part flow past. At most a stream's buffer of it (64 KiB) is held before anyone reads.
 */
export class FileStream extends Readable {
  readonly #part: Readable;

  constructor(part: Readable, options: { maxBytes: number; beforeEnd: () => Promise<void> }) {
    super();
    this.#part = part;
    let bytes = 0;
    part.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > options.maxBytes) {
        this.destroy(new FileTooLargeError(options.maxBytes));
      } else if (!this.push(chunk)) {
        part.pause();
      }
    });
    part.on('error', (cause) => this.destroy(new MalformedRequestError('The file breaks off.', { cause })));
    part.on('end', () => {
      if (this.destroyed) {
        return;
      }
      if (bytes === 0) {
        this.destroy(new FileMissingError('The file is empty.'));
        return;
      }
      options.beforeEnd().then(
        () => this.push(null),
        (error: Error) => this.destroy(error),
      );
    });
  }

  override _read(): void {
    this.#part.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#part.removeAllListeners('data').resume();
    callback(error);
  }
}
