import {
  FileMissingError,
  MalformedRequestError,
  RequestAnsweredError,
  TooManyFilesError,
} from './errors.ts';
import { FileStream } from './file-stream.ts';
import type { PartHeader } from './part-header.ts';
import type { PartContent } from './parts-parser.ts';
import { type Operations, placeUploads } from './place-uploads.ts';
import { type SpooledFile, spool } from './spool.ts';
import { type IncomingFile, Upload } from './upload.ts';

export interface MappedFilesOptions {
  /** Bytes of one file; exactly that many pass. */
  readonly maxFileBytes: number;
  /** Files, and places in the variables that they take. */
  readonly maxFiles: number;
  /**
   * Where a file waits when others come behind it, so that they need not wait for its reader, or when it has more than
   * one place. Written to in no other case.
   */
  readonly spoolDirectory: string;
  /** What its name there begins with. */
  readonly spoolPrefix?: string;
}

/** A part that `map` names, with an upload for each of its places. */
interface MappedFile {
  readonly uploads: readonly Upload[];
  begun: boolean;
}

/**
 * Brings together the files that come on the wire, in its order, and the resolvers that ask for them, in any order
 * and maybe never.
 */
export class MappedFiles {
  readonly #options: MappedFilesOptions;
  readonly #onDrain: () => void;
  /** By the names of their parts. */
  readonly #files: ReadonlyMap<string, MappedFile>;
  /** Files that have begun and that no resolver has asked for, in the order of the wire. */
  readonly #waiting = new Map<MappedFile, IncomingFile>();
  readonly #streams = new Set<FileStream>();
  readonly #spooled = new Set<SpooledFile>();
  readonly #bodyEnd = Promise.withResolvers<void>();
  /** The file whose part began last. */
  #latest: MappedFile | undefined;
  #fileParts = 0;
  #failure: Error | undefined;
  #released = false;

  /**
   * Puts an upload at every path that the map names, inside `operations` itself. Throws MalformedRequestError.
   * @param onDrain is told when a file takes more, after one that said to pause.
   */
  constructor(
    operations: Operations,
    map: ReadonlyMap<string, readonly string[]>,
    options: MappedFilesOptions,
    onDrain: () => void,
  ) {
    this.#options = options;
    this.#onDrain = onDrain;
    const placed = placeUploads(operations, map, (part) => new Upload(() => this.#onOpen(part)));
    this.#files = new Map([...placed].map(([part, uploads]) => [part, { uploads, begun: false }]));
  }

  has(part: string): boolean {
    return this.#files.has(part);
  }

  /**
   * The part of a file has begun. Throws MalformedRequestError or TooManyFilesError.
   * @returns what takes its content; undefined if the map does not name it.
   */
  begin({ name, fileName, mediaType }: PartHeader): PartContent | undefined {
    const file = this.#files.get(name);
    if (file?.begun) {
      throw new MalformedRequestError(`The part ${JSON.stringify(name)} came twice.`);
    }
    this.#fileParts += 1;
    if (this.#fileParts > this.#options.maxFiles) {
      throw new TooManyFilesError(this.#options.maxFiles);
    }
    if (file === undefined) {
      return undefined;
    }
    file.begun = true;
    this.#latest = file;
    const stream = this.#createStream(file);
    const incoming = { fileName, mediaType, stream };
    if (isOpened(file)) {
      this.#deliver(file, incoming);
    } else {
      this.#waiting.set(file, incoming);
      if (this.#expected().some(isOpened)) {
        this.#setAside(file, incoming);
      }
    }
    return stream.content;
  }

  /** The whole body was read and is well-formed. */
  end(): void {
    const missing = this.#expected();
    if (missing.length > 0) {
      failAll(missing, new FileMissingError('The file that "map" names did not come.'));
    }
    this.#bodyEnd.resolve();
  }

  /** Fails what was not read to its end. The first failure is the one that counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    failAll([...this.#expected(), ...this.#waiting.keys()], error);
    for (const stream of this.#streams) {
      stream.destroy(error);
    }
  }

  /** The request has been answered: lets go of everything. */
  release(): void {
    this.#released = true;
    if (this.#streams.size > 0) {
      this.fail(new RequestAnsweredError());
    }
    for (const copy of this.#spooled) {
      void copy[Symbol.asyncDispose]();
    }
  }

  #createStream(file: MappedFile): FileStream {
    const stream = new FileStream({
      maxBytes: this.#options.maxFileBytes,
      // The last file is whole only when the rest of the body proved to be well-formed.
      beforeEnd: () => (this.#isLast(file) ? this.#bodyEnd.promise : Promise.resolve()),
      onDrain: this.#onDrain,
    });
    // Whoever has the stream learns of its failure; nobody else needs to.
    stream.on('error', () => {});
    stream.on('close', () => this.#streams.delete(stream));
    this.#streams.add(stream);
    return stream;
  }

  /** Files whose part has not begun. */
  #expected(): MappedFile[] {
    return [...this.#files.values()].filter(({ begun }) => !begun);
  }

  #isLast(file: MappedFile): boolean {
    return this.#latest === file && this.#expected().length === 0;
  }

  #onOpen(part: string): void {
    const file = this.#files.get(part);
    if (file === undefined || (file.begun && !this.#waiting.has(file))) {
      return;
    }
    // What began before it and is not asked for stands in its way on the wire.
    for (const [earlier, incoming] of this.#waiting) {
      if (earlier === file) {
        this.#deliver(file, incoming);
        return;
      }
      this.#setAside(earlier, incoming);
    }
  }

  /**
   * Gives a file to who asked for it: straight from the socket if it is the last, and nobody else may ask for it too. Who
   * opened it may open another before it is read, or in the middle of that.
   */
  #deliver(file: MappedFile, incoming: IncomingFile): void {
    const [upload, ...others] = file.uploads;
    if (others.length > 0 || this.#expected().length > 0) {
      this.#setAside(file, incoming);
      return;
    }
    this.#waiting.delete(file);
    upload?.arrive(() => incoming);
  }

  #setAside(file: MappedFile, incoming: IncomingFile): void {
    this.#waiting.delete(file);
    const { spoolDirectory, spoolPrefix = '' } = this.#options;
    spool(incoming.stream, spoolDirectory, spoolPrefix).then(
      (copy) => this.#offerCopy(file, incoming, copy),
      (error: Error) => failAll([file], error),
    );
  }

  #offerCopy(file: MappedFile, incoming: IncomingFile, copy: SpooledFile): void {
    if (this.#released || this.#failure !== undefined) {
      void copy[Symbol.asyncDispose]();
      failAll([file], this.#failure ?? new RequestAnsweredError());
      return;
    }
    this.#spooled.add(copy);
    for (const upload of file.uploads) {
      upload.arrive(() => ({ ...incoming, stream: copy.read() }));
    }
  }
}

function isOpened({ uploads }: MappedFile): boolean {
  return uploads.some(({ opened }) => opened);
}

function failAll(files: readonly MappedFile[], error: Error): void {
  for (const upload of files.flatMap(({ uploads }) => uploads)) {
    upload.fail(error);
  }
}
