import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import {
  ClientDisconnectedError,
  FileMissingError,
  MalformedRequestError,
  RequestAnsweredError,
  RequestTooLargeError,
  TooManyFilesError,
} from './errors.ts';
import { FileStream } from './file-stream.ts';
import { parseParameters } from './parameters.ts';
import type { PartHeader } from './part-header.ts';
import { PartsParser } from './parts-parser.ts';
import { type Operations, parseMap, parseOperations, placeUploads } from './place-uploads.ts';
import { type SpooledFile, spool } from './spool.ts';
import { type IncomingFile, Upload } from './upload.ts';

export interface MultipartOptions {
  /** Bytes of one file; exactly that many pass. */
  readonly maxFileBytes: number;
  /** Files, and places in the variables that they take. */
  readonly maxFiles: number;
  /** Bytes of `operations`, and of `map`. */
  readonly maxFieldBytes: number;
  /** Bytes of the whole body. */
  readonly maxBodyBytes: number;
  /** Milliseconds in which a body that is wanted must go on coming. */
  readonly idleTimeout: number;
  /**
   * Where a file waits when a resolver asks for one that comes behind it, or when it has more than one place.
   * Written to in no other case.
   */
  readonly spoolDirectory: string;
}

export interface MultipartRequest {
  /** With an {@link Upload} in the place of each file. Resolves when `map` is read; the files may still be coming. */
  readonly operations: Promise<Operations>;
  /** To be called when the request has been answered: what nobody took flows past unread. */
  release(): void;
}

/** A part that `map` names, with an upload for each of its places. */
interface MappedFile {
  readonly uploads: readonly Upload[];
  begun: boolean;
}

/** Parts beside the files: `operations`, `map`, and a few that we do not know and skip. */
const EXTRA_PARTS = 10;
/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;

/**
 * Reads a GraphQL multipart request as it streams in. It is the request's only reader and counter. A file is
 * taken from the socket as fast as its resolver reads it and no faster; nothing of it is kept.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function readMultipartRequest(request: IncomingMessage, options: MultipartOptions): MultipartRequest {
  const reader = new MultipartReader(request, options);
  return { operations: reader.operations.promise, release: () => reader.release() };
}

class MultipartReader {
  readonly operations = Promise.withResolvers<Operations>();
  readonly #bodyEnd = Promise.withResolvers<void>();
  readonly #request: IncomingMessage;
  readonly #options: MultipartOptions;
  readonly #parser: PartsParser | undefined;
  readonly #idleTimer: NodeJS.Timeout;
  #parsedOperations: Operations | undefined;
  /** By the names of their parts. */
  #files: Map<string, MappedFile> | undefined;
  /** Files that have begun and that no resolver has asked for; several only if they are small enough for one read. */
  readonly #waiting = new Map<MappedFile, IncomingFile>();
  readonly #spooled = new Set<SpooledFile>();
  /** The file whose part began last. */
  #latest: MappedFile | undefined;
  #fileParts = 0;
  #receivedBytes = 0;
  /** The whole body was read and is well-formed. */
  #complete = false;
  #ended = false;

  constructor(request: IncomingMessage, options: MultipartOptions) {
    this.#request = request;
    this.#options = options;
    this.operations.promise.catch(() => {});
    this.#bodyEnd.promise.catch(() => {});
    this.#idleTimer = setTimeout(this.#onIdle, options.idleTimeout);
    try {
      this.#parser = this.#createParser();
    } catch (error) {
      this.#exit(error as Error);
      return;
    }
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('close', this.#onClose);
    request.on('error', this.#onClose);
  }

  release(): void {
    if (!this.#complete || this.#waiting.size > 0) {
      this.#exit(new RequestAnsweredError());
    }
    this.#ended = true;
    clearTimeout(this.#idleTimer);
    for (const copy of this.#spooled) {
      void copy[Symbol.asyncDispose]();
    }
  }

  #createParser(): PartsParser {
    const { maxFiles, maxFieldBytes } = this.#options;
    const boundary = readBoundary(this.#request.headers['content-type'] ?? '');
    return new PartsParser(
      { boundary, maxFieldBytes, maxParts: maxFiles + EXTRA_PARTS },
      {
        field: ({ name }, text) => this.#onField(name, text),
        file: (header, part) => this.#onFile(header, part),
        end: () => this.#onFinish(),
        fail: (error) => this.#exit(error),
        drain: () => {
          if (!this.#ended) {
            this.#request.resume();
          }
        },
      },
    );
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#idleTimer.refresh();
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > this.#options.maxBodyBytes) {
      const { maxBodyBytes } = this.#options;
      this.#exit(new RequestTooLargeError(`The body is larger than ${maxBodyBytes} bytes.`, maxBodyBytes));
    } else if (!this.#parser?.write(chunk)) {
      this.#request.pause();
    }
  };

  readonly #onEnd = (): void => {
    clearTimeout(this.#idleTimer);
    this.#parser?.end();
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) {
      this.#exit(new ClientDisconnectedError());
    }
  };

  readonly #onIdle = (): void => {
    if (this.#request.isPaused()) {
      // It is our turn, not the client's.
      this.#idleTimer.refresh();
      return;
    }
    const seconds = this.#options.idleTimeout / 1000;
    this.#exit(new MalformedRequestError(`The body stopped coming: nothing more of it in ${seconds} s.`));
  };

  #onField(name: string, text: string): void {
    if (name === 'operations') {
      this.#readOperations(text);
    } else if (name === 'map') {
      this.#readMap(text);
    } else if (this.#files?.has(name)) {
      throw new FileMissingError(`The part ${JSON.stringify(name)} holds text where a file belongs.`);
    }
  }

  #readOperations(json: string): void {
    if (this.#parsedOperations !== undefined) {
      throw new MalformedRequestError('The field "operations" came twice.');
    }
    this.#parsedOperations = parseOperations(json);
  }

  #readMap(json: string): void {
    if (this.#parsedOperations === undefined) {
      throw new MalformedRequestError('The field "operations" must come first, before "map".');
    }
    if (this.#files !== undefined) {
      throw new MalformedRequestError('The field "map" came twice.');
    }
    const placed = placeUploads(
      this.#parsedOperations,
      parseMap(json, this.#options.maxFiles),
      (part) => new Upload(() => this.#onOpen(part)),
    );
    this.#files = new Map([...placed].map(([part, uploads]) => [part, { uploads, begun: false }]));
    this.operations.resolve(this.#parsedOperations);
  }

  #onFile({ name, fileName, mediaType }: PartHeader, part: Readable): void {
    const file = this.#files?.get(name);
    this.#checkFile(name, file);
    if (file === undefined || this.#ended) {
      part.resume();
      return;
    }
    file.begun = true;
    this.#latest = file;
    const stream = new FileStream(part, {
      maxBytes: this.#options.maxFileBytes,
      // The last file is whole only when the rest of the body proved to be well-formed.
      beforeEnd: () => (this.#isLast(file) ? this.#bodyEnd.promise : Promise.resolve()),
    });
    // Whoever has the stream learns of its failure; nobody else needs to.
    stream.on('error', () => {});
    this.#bodyEnd.promise.catch((error: Error) => stream.destroy(error));
    const incoming = { fileName, mediaType, stream };
    if (isOpened(file)) {
      this.#deliver(file, incoming);
    } else {
      this.#waiting.set(file, incoming);
      if (this.#expected().some(isOpened)) {
        this.#setAside(file, incoming);
      }
    }
  }

  #checkFile(name: string, file: MappedFile | undefined): void {
    if (name === 'operations' || name === 'map') {
      throw new MalformedRequestError(`The field "${name}" must be text, not a file.`);
    }
    if (this.#files === undefined) {
      throw new MalformedRequestError('The fields "operations" and "map" must come before the files.');
    }
    if (file?.begun) {
      throw new MalformedRequestError(`The part ${JSON.stringify(name)} came twice.`);
    }
    this.#fileParts += 1;
    if (this.#fileParts > this.#options.maxFiles) {
      throw new TooManyFilesError(this.#options.maxFiles);
    }
  }

  /** Files whose part has not begun. */
  #expected(): MappedFile[] {
    return [...(this.#files?.values() ?? [])].filter(({ begun }) => !begun);
  }

  #isLast(file: MappedFile): boolean {
    return this.#latest === file && this.#expected().length === 0;
  }

  #onOpen(part: string): void {
    const file = this.#files?.get(part);
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

  /** Gives a file to who asked for it: straight from the socket, unless others may ask for it too. */
  #deliver(file: MappedFile, incoming: IncomingFile): void {
    const [upload, ...others] = file.uploads;
    if (others.length > 0) {
      this.#setAside(file, incoming);
      return;
    }
    this.#waiting.delete(file);
    upload?.arrive(() => incoming);
  }

  #setAside(file: MappedFile, incoming: IncomingFile): void {
    this.#waiting.delete(file);
    spool(incoming.stream, this.#options.spoolDirectory).then(
      (copy) => this.#offerCopy(file, incoming, copy),
      (error: Error) => failAll([file], error),
    );
  }

  #offerCopy(file: MappedFile, incoming: IncomingFile, copy: SpooledFile): void {
    if (this.#ended) {
      void copy[Symbol.asyncDispose]();
      failAll([file], new RequestAnsweredError());
      return;
    }
    this.#spooled.add(copy);
    for (const upload of file.uploads) {
      upload.arrive(() => ({ ...incoming, stream: copy.read() }));
    }
  }

  #onFinish(): void {
    if (this.#files === undefined) {
      const field = this.#parsedOperations === undefined ? 'operations' : 'map';
      throw new MalformedRequestError(`The field "${field}" is missing.`);
    }
    const missing = this.#expected();
    if (missing.length > 0) {
      failAll(missing, new FileMissingError('The file that "map" names did not come.'));
    }
    this.#complete = true;
    this.#bodyEnd.resolve();
  }

  /** The one way out for every failure, and for an answer given early: settles all that is still open. */
  #exit(error: Error): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    clearTimeout(this.#idleTimer);
    this.operations.reject(error);
    this.#bodyEnd.reject(error);
    failAll([...this.#expected(), ...this.#waiting.keys()], error);
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    // Without its reader a paused request would hold the connection: let it flow; whoever answers counts it.
    this.#request.resume();
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

/** Throws MalformedRequestError or RequestTooLargeError. */
function readBoundary(contentType: string): string {
  const boundary = parseParameters(contentType).parameters.get('boundary') ?? '';
  if (!/^[\x20-\x7e]+$/.test(boundary)) {
    throw new MalformedRequestError(
      'The Content-Type header names no usable "boundary"; let the client that builds the form write it.',
    );
  }
  if (boundary.length > MAX_BOUNDARY_LENGTH) {
    throw new RequestTooLargeError(
      `A boundary may have at most ${MAX_BOUNDARY_LENGTH} characters.`,
      MAX_BOUNDARY_LENGTH,
    );
  }
  return boundary;
}
