import type { Readable } from 'node:stream';
import { TooManyFilesError } from './errors.ts';

/** A file on its way in. Name and type are the client's words: never a path, never trusted. */
export interface IncomingFile {
  readonly fileName: string | undefined;
  readonly mediaType: string;
  /** The bytes, straight from the socket. Ends only when all of them came; fails in every other case. */
  readonly stream: Readable;
}

/**
 * What stands in the variables in place of a file. The file itself may still be on the wire: nothing of it
 * is read until {@link Upload.open} is called.
 */
export class Upload {
  readonly #arrival = Promise.withResolvers<IncomingFile>();
  readonly #onOpen: () => void;
  #opened = false;

  /** @param onOpen is told when a resolver asks for the file. */
  constructor(onOpen: () => void) {
    this.#onOpen = onOpen;
    // A file that nobody asks for may fail unseen.
    this.#arrival.promise.catch(() => {});
  }

  get opened(): boolean {
    return this.#opened;
  }

  /**
   * Takes the file; it can be taken once. Resolves as soon as its part begins.
   * Rejects with FileMissingError, TooManyFilesError (taken before), or whatever ended the request.
   */
  open(): Promise<IncomingFile> {
    if (this.#opened) {
      return Promise.reject(new TooManyFilesError(1, 'One file of a request can be used only once in it.'));
    }
    this.#opened = true;
    this.#onOpen();
    return this.#arrival.promise;
  }

  /** For the parser: the part has begun. */
  arrive(file: IncomingFile): void {
    this.#arrival.resolve(file);
  }

  /** For the parser: the part will not come. */
  fail(error: Error): void {
    this.#arrival.reject(error);
  }
}
