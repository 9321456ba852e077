import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import {
  ClientDisconnectedError,
  FileMissingError,
  MalformedRequestError,
  RequestAnsweredError,
  RequestTooLargeError,
  TooManyFilesError,
} from './errors.ts';
import { FileStream } from './file-stream.ts';
import { type Operations, parseMap, parseOperations, placeUploads } from './place-uploads.ts';
import { spool } from './spool.ts';
import { type IncomingFile, Upload } from './upload.ts';

export interface MultipartOptions {
  /** Bytes of one file; exactly that many pass. */
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  /** Bytes of `operations`, and of `map`. */
  readonly maxFieldBytes: number;
  /** Bytes of the whole body. */
  readonly maxBodyBytes: number;
  /** Where a file waits when a resolver asks for one that comes behind it. Written to in no other case. */
  readonly spoolDirectory: string;
}

export interface MultipartRequest {
  /** With an {@link Upload} in the place of each file. Resolves when `map` is read; the files may still be coming. */
  readonly operations: Promise<Operations>;
  /** To be called when the request has been answered: what nobody took flows past unread. */
  release(): void;
}

/** Parts beside the files: `operations`, `map`, and a few that we do not know and skip. */
const EXTRA_PARTS = 10;
const MAX_PART_HEADER_BYTES = 8 * 1024;
const MAX_PART_HEADERS = 20;

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
  readonly #parser: BusboyInstance | undefined;
  #parsedOperations: Operations | undefined;
  #uploads: Map<string, Upload> | undefined;
  /** Uploads whose part has not begun. */
  readonly #expected = new Set<Upload>();
  /** Files that have begun and that no resolver has asked for; several only if they are small enough for one read. */
  readonly #waiting = new Map<Upload, IncomingFile>();
  /** The upload whose part began last. */
  #latest: Upload | undefined;
  readonly #copies = new Map<Upload, IncomingFile>();
  #receivedBytes = 0;
  /** The whole body was read and is well-formed. */
  #complete = false;
  #ended = false;

  constructor(request: IncomingMessage, options: MultipartOptions) {
    this.#request = request;
    this.#options = options;
    this.operations.promise.catch(() => {});
    this.#bodyEnd.promise.catch(() => {});
    try {
      this.#parser = this.#createParser();
    } catch {
      this.#exit(new MalformedRequestError('The Content-Type header names no usable "boundary".'));
      return;
    }
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('close', this.#onClose);
    request.on('error', this.#onClose);
  }

  release(): void {
    if (this.#complete && this.#waiting.size === 0 && this.#copies.size === 0) {
      return;
    }
    this.#exit(new RequestAnsweredError());
  }

  #createParser(): BusboyInstance {
    const parser = new Busboy({
      headers: this.#request.headers as BusboyHeaders,
      preservePath: true,
      limits: {
        fileSize: this.#options.maxFileBytes,
        files: this.#options.maxFiles,
        fieldSize: this.#options.maxFieldBytes,
        parts: this.#options.maxFiles + EXTRA_PARTS,
        headerPairs: MAX_PART_HEADERS,
        headerSize: MAX_PART_HEADER_BYTES,
      },
    });
    parser.on('field', (name, value, _nameTruncated, truncated) => this.#onField(name, value, truncated));
    parser.on('file', (name, part, fileName, _encoding, mediaType) =>
      this.#onFile(name, part, fileName, mediaType),
    );
    parser.on('filesLimit', () => this.#exit(new TooManyFilesError(this.#options.maxFiles)));
    parser.on('partsLimit', () => {
      const limit = this.#options.maxFiles + EXTRA_PARTS;
      this.#exit(new RequestTooLargeError(`The body has more than ${limit} parts.`, limit));
    });
    parser.on('error', (error) =>
      this.#exit(
        new MalformedRequestError('The multipart body is malformed or breaks off.', { cause: error }),
      ),
    );
    parser.on('finish', () => this.#onFinish());
    parser.on('drain', () => this.#request.resume());
    return parser;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > this.#options.maxBodyBytes) {
      const { maxBodyBytes } = this.#options;
      this.#exit(new RequestTooLargeError(`The body is larger than ${maxBodyBytes} bytes.`, maxBodyBytes));
    } else if (!this.#parser?.write(chunk)) {
      this.#request.pause();
    }
  };

  readonly #onEnd = (): void => {
    this.#parser?.end();
  };

  readonly #onClose = (): void => {
    if (!this.#request.complete) {
      this.#exit(new ClientDisconnectedError());
    }
  };

  #onField(name: string, value: string, truncated: boolean): void {
    if (this.#ended) {
      return;
    }
    if (truncated) {
      const limit = this.#options.maxFieldBytes;
      this.#exit(
        new RequestTooLargeError(`The field ${JSON.stringify(name)} is larger than ${limit} bytes.`, limit),
      );
      return;
    }
    try {
      if (name === 'operations') {
        this.#readOperations(value);
      } else if (name === 'map') {
        this.#readMap(value);
      } else if (this.#uploads?.has(name)) {
        throw new FileMissingError(`The part ${JSON.stringify(name)} holds text where a file belongs.`);
      }
    } catch (error) {
      this.#exit(error as Error);
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
    if (this.#uploads !== undefined) {
      throw new MalformedRequestError('The field "map" came twice.');
    }
    const map = parseMap(json, this.#options.maxFiles);
    this.#uploads = placeUploads(this.#parsedOperations, map, () => {
      const upload: Upload = new Upload(() => this.#onOpen(upload));
      this.#expected.add(upload);
      return upload;
    });
    this.operations.resolve(this.#parsedOperations);
  }

  #onFile(name: string, part: BusboyFileStream, fileName: string | undefined, mediaType: string): void {
    part.on('error', () => {});
    if (this.#ended) {
      part.resume();
      return;
    }
    const upload = this.#uploads?.get(name);
    const refusal = this.#refuseFile(name, upload);
    if (refusal !== undefined) {
      part.resume();
      this.#exit(refusal);
      return;
    }
    if (upload === undefined) {
      part.resume();
      return;
    }
    this.#expected.delete(upload);
    this.#latest = upload;
    const stream = new FileStream(part, {
      maxBytes: this.#options.maxFileBytes,
      // The last file is whole only when the rest of the body proved to be well-formed.
      beforeEnd: () => (this.#isLast(upload) ? this.#bodyEnd.promise : Promise.resolve()),
    });
    // Whoever has the stream learns of its failure; nobody else needs to.
    stream.on('error', () => {});
    this.#bodyEnd.promise.catch((error: Error) => stream.destroy(error));
    const file = { fileName, mediaType, stream };
    if (upload.opened) {
      upload.arrive(file);
    } else {
      this.#waiting.set(upload, file);
      if ([...this.#expected].some(({ opened }) => opened)) {
        this.#setAside(upload, file);
      }
    }
  }

  #isLast(upload: Upload): boolean {
    return this.#expected.size === 0 && this.#latest === upload;
  }

  #refuseFile(name: string, upload: Upload | undefined): Error | undefined {
    if (name === 'operations' || name === 'map') {
      return new MalformedRequestError(`The field "${name}" must be text, not a file.`);
    }
    if (this.#uploads === undefined) {
      return new MalformedRequestError('The fields "operations" and "map" must come before the files.');
    }
    if (upload !== undefined && !this.#expected.has(upload)) {
      return new MalformedRequestError(`The part ${JSON.stringify(name)} came twice.`);
    }
    return undefined;
  }

  #onOpen(upload: Upload): void {
    // What began before it and is not asked for stands in its way on the wire.
    for (const [earlier, file] of this.#waiting) {
      if (earlier === upload) {
        this.#waiting.delete(upload);
        upload.arrive(file);
        return;
      }
      this.#setAside(earlier, file);
    }
  }

  #setAside(upload: Upload, file: IncomingFile): void {
    this.#waiting.delete(upload);
    spool(file.stream, this.#options.spoolDirectory).then(
      (stream) => this.#offerCopy(upload, { ...file, stream }),
      (error: Error) => upload.fail(error),
    );
  }

  #offerCopy(upload: Upload, copy: IncomingFile): void {
    if (this.#ended) {
      copy.stream.destroy();
      return;
    }
    this.#copies.set(upload, copy);
    upload.arrive(copy);
  }

  #onFinish(): void {
    if (this.#ended) {
      return;
    }
    if (this.#uploads === undefined) {
      const field = this.#parsedOperations === undefined ? 'operations' : 'map';
      this.#exit(new MalformedRequestError(`The field "${field}" is missing.`));
      return;
    }
    for (const upload of this.#expected) {
      upload.fail(new FileMissingError('The file that "map" names did not come.'));
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
    this.operations.reject(error);
    this.#bodyEnd.reject(error);
    for (const upload of this.#expected) {
      upload.fail(error);
    }
    for (const upload of this.#waiting.keys()) {
      upload.fail(error);
    }
    for (const [upload, copy] of this.#copies) {
      if (!upload.opened) {
        copy.stream.destroy();
      }
    }
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    this.#parser?.removeAllListeners('drain');
    // Without its reader a paused request would hold the connection: let it flow; whoever answers counts it.
    this.#request.resume();
  }
}
