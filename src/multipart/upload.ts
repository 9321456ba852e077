import type { Readable } from 'node:stream';
import { TooManyFilesError } from './errors.ts';

/** A file that is being received. The client chooses its name and type, so do not trust them or use them as a path. */
export interface IncomingFile {
  readonly fileName: string | undefined;
  readonly mediaType: string;
  /**
   * Bytes of the file, from the socket or from its spooled copy. Ends only after the last byte, and fails otherwise.
   */
  readonly stream: Readable;
}

/**
 * Placeholder for a file in the variables. The file itself may still be arriving. A resolver gets the file from
 * {@link Upload.open}.
 */
export class Upload {
  readonly #arrival = Promise.withResolvers<() => IncomingFile>();
  readonly #onOpen: () => void;
  #opened = false;

  /** @param onOpen called when a resolver requests the file. */
  constructor(onOpen: () => void) {
    this.#onOpen = onOpen;
    // Ignore the failure of a file that no resolver requests.
    this.#arrival.promise.catch(() => {});
  }

  get opened(): boolean {
    return this.#opened;
  }

  /**
   * Opens the file. Each upload can be opened once. Resolves when the file's part begins or, if the file is spooled,
   * when the copy is complete.
   * Rejects with FileMissingError, TooManyFilesError (opened before), or the error that ended the request.
   */
  async open(): Promise<IncomingFile> {
    if (this.#opened) {
      throw new TooManyFilesError(
        1,
        'A file variable can be used only once in a request. Send a separate request for each use.',
      );
    }
    this.#opened = true;
    this.#onOpen();
    const take = await this.#arrival.promise;
    return take();
  }

  /** Makes the file available to `open`. @param take called only if a resolver has opened the file. */
  arrive(take: () => IncomingFile): void {
    this.#arrival.resolve(take);
  }

  /** Reports that the file will not arrive. */
  fail(error: Error): void {
    this.#arrival.reject(error);
  }
}
