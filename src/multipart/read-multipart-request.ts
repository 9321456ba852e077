import type { IncomingMessage } from 'node:http';
import { BodyMemory, type Reservation } from './body-memory.ts';
import {
  BodyStalledError,
  ClientDisconnectedError,
  FileMissingError,
  FileTooLargeError,
  FragmentedBodyError,
  MalformedRequestError,
  RequestAnsweredError,
  RequestTooLargeError,
  ServerMemoryError,
} from './errors.ts';
import { FIELD_NAMES } from './field-names.ts';
import { FileSizes } from './file-sizes.ts';
import { MappedFiles, type MappedFilesOptions } from './mapped-files.ts';
import { parseParameters } from './parameters.ts';
import type { PartHeader } from './part-header.ts';
import { type PartContent, PartsParser } from './parts-parser.ts';
import { type Operations, parseMap, parseOperations } from './place-uploads.ts';
import { textMemory } from './text-memory.ts';

export interface MultipartOptions extends MappedFilesOptions {
  /** Maximum bytes of each text field, such as `operations` and `map`. */
  readonly maxFieldBytes: number;
  /** Maximum bytes of the whole body. */
  readonly maxBodyBytes: number;
  /** Maximum milliseconds without data while the server is ready to read the body. */
  readonly idleTimeout: number;
}

export interface MultipartRequest {
  /**
   * Operations with an {@link Upload} in place of each file. Resolves when `map` has been read, while the files may
   * still be arriving. If `map` names no files, resolves when the whole body has proved to be well-formed.
   */
  readonly operations: Promise<Operations>;
  /** Call this when the request has been answered. Discards the unread rest of the body. */
  release(): void;
}

/** Maximum parts in addition to the files: `operations`, `map`, and a few unknown parts, which are skipped. */
const EXTRA_PARTS = 10;
/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;

/**
 * Reads a GraphQL multipart request as it arrives. Nothing else reads the request. The reader passes a file from the
 * socket to its resolver, no faster than the resolver reads it. It spools a file to disk only if other files follow it
 * or it has several places.
 * @param memory limit that the bodies of all requests share. Text fields count toward this limit.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function readMultipartRequest(
  request: IncomingMessage,
  options: MultipartOptions,
  memory = new BodyMemory(),
): MultipartRequest {
  const reader = new MultipartReader(request, options, memory);
  return { operations: reader.operations.promise, release: () => reader.release() };
}

/** Enforces the order of the parts and the limits of a request. */
class MultipartReader {
  readonly operations = Promise.withResolvers<Operations>();
  readonly #request: IncomingMessage;
  readonly #options: MultipartOptions;
  readonly #parser: PartsParser | undefined;
  readonly #idleTimer: NodeJS.Timeout;
  readonly #reservation: Reservation;
  /** The field `operations`, kept as text until `map` has arrived. Parsed JSON can take ten times the memory. */
  #operationsJson: string | undefined;
  #parsedOperations: Operations | undefined;
  #files: MappedFiles | undefined;
  readonly #fileSizes: FileSizes;
  #receivedBytes = 0;
  /** True if the whole body was read and is well-formed. */
  #complete = false;
  #ended = false;

  constructor(request: IncomingMessage, options: MultipartOptions, memory: BodyMemory) {
    this.#request = request;
    this.#options = options;
    this.#fileSizes = new FileSizes(options.maxFileBytes);
    this.#reservation = memory.reserve(() => this.#abort(new ServerMemoryError()));
    this.operations.promise.catch(() => {});
    this.#idleTimer = setTimeout(this.#onIdle, options.idleTimeout);
    try {
      this.#parser = this.#createParser();
    } catch (error) {
      this.#abort(error as Error);
      return;
    }
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('close', this.#onClose);
    request.on('error', this.#onClose);
    // Node emits no further event.
    if (request.readableEnded) {
      this.#onEnd();
    } else if (request.destroyed) {
      this.#onClose();
    }
  }

  release(): void {
    if (!this.#complete) {
      this.#abort(new RequestAnsweredError());
    }
    this.#files?.release();
  }

  #createParser(): PartsParser {
    const { maxFiles, maxFieldBytes } = this.#options;
    const boundary = readBoundary(this.#request.headers['content-type'] ?? '');
    return new PartsParser(
      { boundary, maxFieldBytes, maxParts: maxFiles + EXTRA_PARTS, fieldNames: FIELD_NAMES },
      {
        beginField: ({ name }) => this.#onFieldBegin(name),
        fieldGrew: (bytes) => this.#reserveMemory(bytes),
        field: ({ name }, text) => this.#onField(name, text),
        file: (header) => this.#onFile(header),
        end: () => this.#onFinish(),
        fail: (error) => this.#abort(error),
      },
    );
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#idleTimer.refresh();
    const bytesLeft = this.#options.maxBodyBytes - this.#receivedBytes;
    this.#receivedBytes += chunk.length;
    const exceedsLimit = chunk.length > bytesLeft;
    // Parse the bytes before the limit first. Otherwise the size of a read would decide which limit is exceeded first.
    const wantsMore = this.#parser?.write(exceedsLimit ? chunk.subarray(0, bytesLeft) : chunk);
    if (exceedsLimit) {
      this.#abort(this.#bodyTooLarge());
    } else if (!wantsMore) {
      this.#request.pause();
    }
  };

  /** Returns the error of a body that exceeds its limit. If a file exceeds its own limit, reports that instead. */
  #bodyTooLarge(): Error {
    const { maxBodyBytes, maxFileBytes } = this.#options;
    return this.#fileSizes.exceeded
      ? new FileTooLargeError(maxFileBytes)
      : new RequestTooLargeError(
          `The body is larger than ${maxBodyBytes} bytes. Send a smaller file.`,
          maxBodyBytes,
        );
  }

  readonly #onDrain = (): void => {
    if (this.#request.isPaused()) {
      this.#request.resume();
    }
  };

  readonly #onEnd = (): void => {
    clearTimeout(this.#idleTimer);
    this.#parser?.end();
  };

  readonly #onClose = (): void => {
    const { readableEnded, errored } = this.#request;
    // Node may have received the whole body and dropped the unread rest. No more data arrives in that case either.
    if (!readableEnded) {
      this.#abort(errored instanceof FragmentedBodyError ? errored : new ClientDisconnectedError());
    }
  };

  readonly #onIdle = (): void => {
    if (this.#request.isPaused()) {
      // The server is not ready for more data, so the client has not stalled.
      this.#idleTimer.refresh();
      return;
    }
    this.#abort(new BodyStalledError(this.#options.idleTimeout));
  };

  /**
   * Rejects text in place of a file before its content arrives. The content may be a picture sent as text, which
   * would exceed the limit of a field.
   */
  #onFieldBegin(name: string): void {
    if (this.#files?.has(name)) {
      throw new FileMissingError(
        `The part ${JSON.stringify(name)} contains text, but "map" expects a file. Send a file.`,
      );
    }
  }

  #onField(name: string, text: string): void {
    if (name === 'operations') {
      this.#readOperations(text);
    } else if (name === 'map') {
      this.#readMap(text);
    }
    this.#reserveMemory(0);
  }

  /** Updates the reservation. @param fieldBytes bytes of the field that is arriving. */
  #reserveMemory(fieldBytes: number): void {
    this.#reservation.resize(textMemory(this.#operationsJson ?? '') + fieldBytes);
  }

  #readOperations(json: string): void {
    if (this.#operationsJson !== undefined || this.#parsedOperations !== undefined) {
      throw new MalformedRequestError('The field "operations" was sent twice. Send it once.');
    }
    this.#operationsJson = json;
  }

  #readMap(json: string): void {
    if (this.#files !== undefined) {
      throw new MalformedRequestError('The field "map" was sent twice. Send it once.');
    }
    if (this.#operationsJson === undefined) {
      throw new MalformedRequestError('The field "operations" must be sent first, before "map".');
    }
    const map = parseMap(json, this.#options.maxFiles);
    this.#parsedOperations = parseOperations(this.#operationsJson);
    this.#operationsJson = undefined;
    this.#files = new MappedFiles(this.#parsedOperations, map, this.#options, this.#onDrain);
    // Without files, only the end of the body shows that the request is complete.
    if (map.size > 0) {
      this.operations.resolve(this.#parsedOperations);
    }
  }

  #onFile(header: PartHeader): PartContent {
    if (this.#files === undefined) {
      throw new MalformedRequestError('The fields "operations" and "map" must be sent before the files.');
    }
    return this.#fileSizes.measure(this.#files.begin(header));
  }

  #onFinish(): void {
    if (this.#files === undefined || this.#parsedOperations === undefined) {
      const field = this.#operationsJson === undefined ? 'operations' : 'map';
      throw new MalformedRequestError(`The field "${field}" is missing. Send it before the files.`);
    }
    this.#complete = true;
    this.#reservation.release();
    this.#files.end();
    this.operations.resolve(this.#parsedOperations);
  }

  /** The single exit for failures and early responses. Settles everything that is still pending. */
  #abort(error: Error): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    clearTimeout(this.#idleTimer);
    this.#reservation.release();
    this.operations.reject(error);
    this.#files?.fail(error);
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    // Resume, because a paused request without a reader would block the connection. The HTTP server limits how much it
    // discards.
    this.#request.resume();
  }
}

/** Returns the boundary of a multipart body. Throws MalformedRequestError or RequestTooLargeError. */
function readBoundary(contentType: string): string {
  const boundary = parseParameters(contentType).parameters.get('boundary') ?? '';
  // A space at the end of a boundary would look like padding after a delimiter.
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) {
    throw new MalformedRequestError(
      'The Content-Type header has no valid "boundary". Let your HTTP client set this header.',
    );
  }
  if (boundary.length > MAX_BOUNDARY_LENGTH) {
    throw new RequestTooLargeError(
      `The boundary has more than ${MAX_BOUNDARY_LENGTH} characters. Use a shorter boundary.`,
      MAX_BOUNDARY_LENGTH,
    );
  }
  return boundary;
}
