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
  /** Maximum size of a file in bytes, inclusive. */
  readonly maxFileBytes: number;
  /** Maximum number of files, and of places that they take in the variables. */
  readonly maxFiles: number;
  /**
   * Folder for spooled files. A file is spooled if other files follow it, so that they need not wait for its reader,
   * or if it has more than one place. Other files are not spooled.
   */
  readonly spoolDirectory: string;
  /** Prefix of the names of spooled files. */
  readonly spoolPrefix?: string;
}

/** A part that `map` names, with an upload for each of its places. */
interface MappedFile {
  readonly uploads: readonly Upload[];
  begun: boolean;
}

/**
 * Delivers files to resolvers. The files arrive in the order of the body. Resolvers request them in any order, or
 * never.
 */
export class MappedFiles {
  readonly #options: MappedFilesOptions;
  readonly #onDrain: () => void;
  /** Files by the name of their part. */
  readonly #files: ReadonlyMap<string, MappedFile>;
  /** Files that have begun but that no resolver has requested, in the order of the body. */
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
   * Places an upload at every path that `map` names. Changes `operations` itself. Throws MalformedRequestError.
   * @param onDrain called when a file accepts more bytes after a `write` that returned false.
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
   * Handles the start of a file's part. Throws MalformedRequestError or TooManyFilesError.
   * @returns the receiver of its content, or undefined if `map` does not name the part.
   */
  begin({ name, fileName, mediaType }: PartHeader): PartContent | undefined {
    const file = this.#files.get(name);
    if (file?.begun) {
      throw new MalformedRequestError(`The part ${JSON.stringify(name)} was sent twice. Send it once.`);
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
        this.#spool(file, incoming);
      }
    }
    return stream.content;
  }

  /** Handles the end of a well-formed body. */
  end(): void {
    const missing = this.#expected();
    if (missing.length > 0) {
      failAll(
        missing,
        new FileMissingError('A file that "map" names is missing. Send a part for each entry of "map".'),
      );
    }
    this.#bodyEnd.resolve();
  }

  /** Fails all files that were not read to their end. Only the first failure counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    failAll([...this.#expected(), ...this.#waiting.keys()], error);
    for (const stream of this.#streams) {
      stream.destroy(error);
    }
  }

  /** Releases all files after the request has been answered. */
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
      // The last file is complete only after the rest of the body has proved to be well-formed.
      beforeEnd: () => (this.#isLast(file) ? this.#bodyEnd.promise : Promise.resolve()),
      onDrain: this.#onDrain,
    });
    // The reader of the stream handles its errors. Without a reader, errors can be ignored.
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
    // Spool the earlier files that no resolver has requested, because they precede this file in the body.
    for (const [earlier, incoming] of this.#waiting) {
      if (earlier === file) {
        this.#deliver(file, incoming);
        return;
      }
      this.#spool(earlier, incoming);
    }
  }

  /**
   * Delivers a file to the resolver that opened it. The file is streamed from the socket if it is the last file and
   * has only one place. Otherwise it is spooled, because the resolver may open another file before it has read this
   * file to its end.
   */
  #deliver(file: MappedFile, incoming: IncomingFile): void {
    const [upload, ...others] = file.uploads;
    if (others.length > 0 || this.#expected().length > 0) {
      this.#spool(file, incoming);
      return;
    }
    this.#waiting.delete(file);
    upload?.arrive(() => incoming);
  }

  #spool(file: MappedFile, incoming: IncomingFile): void {
    this.#waiting.delete(file);
    const { spoolDirectory, spoolPrefix = '' } = this.#options;
    spool(incoming.stream, spoolDirectory, spoolPrefix).then(
      (copy) => this.#deliverCopy(file, incoming, copy),
      (error: Error) => failAll([file], error),
    );
  }

  #deliverCopy(file: MappedFile, incoming: IncomingFile, copy: SpooledFile): void {
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
