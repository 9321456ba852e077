import type { IncomingMessage } from 'node:http';
import { BodyMemory, type Reservation } from './body-memory.ts';
import {
  BodyStalledError,
  ClientDisconnectedError,
  FileMissingError,
  FragmentedBodyError,
  MalformedRequestError,
  RequestAnsweredError,
  RequestTooLargeError,
  ServerMemoryError,
} from './errors.ts';
import { MappedFiles, type MappedFilesOptions } from './mapped-files.ts';
import { parseParameters } from './parameters.ts';
import type { PartHeader } from './part-header.ts';
import { type PartContent, PartsParser } from './parts-parser.ts';
import { type Operations, parseMap, parseOperations } from './place-uploads.ts';
import { textMemory } from './text-memory.ts';

export interface MultipartOptions extends MappedFilesOptions {
  /** Bytes of `operations`, and of `map`. */
  readonly maxFieldBytes: number;
  /** Bytes of the whole body. */
  readonly maxBodyBytes: number;
  /** Milliseconds in which a body that is wanted must go on coming. */
  readonly idleTimeout: number;
}

export interface MultipartRequest {
  /**
   * With an {@link Upload} in the place of each file. Resolves when `map` is read, and the files may still be coming; if
   * `map` names none, when the whole body has proved to be well-formed.
   */
  readonly operations: Promise<Operations>;
  /** To be called when the request has been answered: what nobody took flows past unread. */
  release(): void;
}

/** Parts beside the files: `operations`, `map`, and a few that we do not know and skip. */
const EXTRA_PARTS = 10;
/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;

/**
 * Reads a GraphQL multipart request as it streams in. It is the request's only reader and counter. A file is
 * taken from the socket as fast as its resolver reads it and no faster, and nothing of it is kept, unless others follow it or
 * it stands at several places: then it is set aside on the disk.
 * @param memory shared by the bodies of all requests; it counts the text fields.
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

/** Keeps the order of the request and its limits. */
class MultipartReader {
  readonly operations = Promise.withResolvers<Operations>();
  readonly #request: IncomingMessage;
  readonly #options: MultipartOptions;
  readonly #parser: PartsParser | undefined;
  readonly #idleTimer: NodeJS.Timeout;
  readonly #reservation: Reservation;
  /** The field `operations`, kept as text until `map` has arrived. Parsed, it can take ten times the memory. */
  #operationsJson: string | undefined;
  #parsedOperations: Operations | undefined;
  #files: MappedFiles | undefined;
  #receivedBytes = 0;
  /** The whole body was read and is well-formed. */
  #complete = false;
  #ended = false;

  constructor(request: IncomingMessage, options: MultipartOptions, memory: BodyMemory) {
    this.#request = request;
    this.#options = options;
    this.#reservation = memory.reserve(() => this.#exit(new ServerMemoryError()));
    this.operations.promise.catch(() => {});
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
    if (request.destroyed) {
      // Node emits no further event.
      this.#onClose();
    }
  }

  release(): void {
    if (!this.#complete) {
      this.#exit(new RequestAnsweredError());
    }
    this.#files?.release();
  }

  #createParser(): PartsParser {
    const { maxFiles, maxFieldBytes } = this.#options;
    const boundary = readBoundary(this.#request.headers['content-type'] ?? '');
    return new PartsParser(
      { boundary, maxFieldBytes, maxParts: maxFiles + EXTRA_PARTS },
      {
        beginField: ({ name }) => this.#onFieldBegin(name),
        fieldGrew: (bytes) => this.#holdMemory(bytes),
        field: ({ name }, text) => this.#onField(name, text),
        file: (header) => this.#onFile(header),
        end: () => this.#onFinish(),
        fail: (error) => this.#exit(error),
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
    // Node may have received all of it and dropped what was not read yet: then nothing more will come either.
    if (!readableEnded) {
      this.#exit(errored instanceof FragmentedBodyError ? errored : new ClientDisconnectedError());
    }
  };

  readonly #onIdle = (): void => {
    if (this.#request.isPaused()) {
      // It is our turn, not the client's.
      this.#idleTimer.refresh();
      return;
    }
    this.#exit(new BodyStalledError(this.#options.idleTimeout));
  };

  /** Told before its content, which may be a picture as text, and longer than any field. */
  #onFieldBegin(name: string): void {
    if (name !== 'operations' && name !== 'map' && this.#files?.has(name)) {
      throw new FileMissingError(`The part ${JSON.stringify(name)} holds text where a file belongs.`);
    }
  }

  #onField(name: string, text: string): void {
    if (name === 'operations') {
      this.#readOperations(text);
    } else if (name === 'map') {
      this.#readMap(text);
    }
    this.#holdMemory(0);
  }

  /** Updates the reservation. @param fieldBytes bytes of the field that is arriving. */
  #holdMemory(fieldBytes: number): void {
    this.#reservation.resize(textMemory(this.#operationsJson ?? '') + fieldBytes);
  }

  #readOperations(json: string): void {
    if (this.#operationsJson !== undefined || this.#parsedOperations !== undefined) {
      throw new MalformedRequestError('The field "operations" came twice.');
    }
    this.#operationsJson = json;
  }

  #readMap(json: string): void {
    if (this.#files !== undefined) {
      throw new MalformedRequestError('The field "map" came twice.');
    }
    if (this.#operationsJson === undefined) {
      throw new MalformedRequestError('The field "operations" must come first, before "map".');
    }
    const map = parseMap(json, this.#options.maxFiles);
    this.#parsedOperations = parseOperations(this.#operationsJson);
    this.#operationsJson = undefined;
    this.#files = new MappedFiles(this.#parsedOperations, map, this.#options, this.#onDrain);
    // Without a file nothing later would tell a request that was cut off from one that is whole.
    if (map.size > 0) {
      this.operations.resolve(this.#parsedOperations);
    }
  }

  #onFile(header: PartHeader): PartContent | undefined {
    if (header.name === 'operations' || header.name === 'map') {
      throw new MalformedRequestError(`The field "${header.name}" must be text, not a file.`);
    }
    if (this.#files === undefined) {
      throw new MalformedRequestError('The fields "operations" and "map" must come before the files.');
    }
    return this.#files.begin(header);
  }

  #onFinish(): void {
    if (this.#files === undefined || this.#parsedOperations === undefined) {
      const field = this.#operationsJson === undefined ? 'operations' : 'map';
      throw new MalformedRequestError(`The field "${field}" is missing.`);
    }
    this.#complete = true;
    this.#reservation.release();
    this.#files.end();
    this.operations.resolve(this.#parsedOperations);
  }

  /** The one way out for every failure, and for an answer given early: settles all that is still open. */
  #exit(error: Error): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    clearTimeout(this.#idleTimer);
    this.#reservation.release();
    this.operations.reject(error);
    this.#files?.fail(error);
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    // Without its reader a paused request would hold the connection: let it flow; whoever answers counts it.
    this.#request.resume();
  }
}

/** Throws MalformedRequestError or RequestTooLargeError. */
function readBoundary(contentType: string): string {
  const boundary = parseParameters(contentType).parameters.get('boundary') ?? '';
  // A blank at its end would be taken for one behind a delimiter.
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) {
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
