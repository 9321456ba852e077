import type { Readable } from 'node:stream';
import { TooManyFilesError } from './errors.ts';

/** A file on its way in. Name and type are the client's words: never a path, never trusted. */
export interface IncomingFile {
  readonly fileName: string | undefined;
  readonly mediaType: string;
  /** The bytes, from the socket or from where they were set aside. Ends only when all of them came; fails in every other case. */
  readonly stream: Readable;
}

/**
 * What stands in the variables in place of a file. The file itself may still be on the wire: nothing of it
 * is read until {@link Upload.open} is called.
 */
export class Upload {
  readonly #arrival = Promise.withResolvers<() => IncomingFile>();
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
   * Takes the file; it can be taken once at each of its places. Resolves as soon as its part begins.
   * Rejects with FileMissingError, TooManyFilesError (taken before), or whatever ended the request.
   */
  async open(): Promise<IncomingFile> {
    if (this.#opened) {
      throw new TooManyFilesError(1, 'One place of a file can be used only once in a request.');
    }
    this.#opened = true;
    this.#onOpen();
    const take = await this.#arrival.promise;
    return take();
  }

  /** For the parser: the part has begun. @param take is called only if the file was asked for. */
  arrive(take: () => IncomingFile): void {
    this.#arrival.resolve(take);
  }

  /** For the parser: the part will not come. */
  fail(error: Error): void {
    this.#arrival.reject(error);
  }
}
