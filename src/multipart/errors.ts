/** The request is not valid JSON, or breaks the GraphQL multipart request specification. */
export class MalformedRequestError extends Error {
  override name = 'MalformedRequestError';
}

/**
 * The body arrives in too many small chunks. Each one costs the server time, however small it is. An HTTP server that
 * counts them destroys the request with this error, and keeps the connection open for the response.
 */
export class FragmentedBodyError extends MalformedRequestError {
  override name = 'FragmentedBodyError';

  constructor() {
    super('The body comes in too many small chunks.');
  }
}

/** A part that `map` names did not come, holds text, or is an empty file. */
export class FileMissingError extends Error {
  override name = 'FileMissingError';
}

/** A file has more bytes than it may. */
export class FileTooLargeError extends Error {
  override name = 'FileTooLargeError';
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes.`);
    this.maxBytes = maxBytes;
  }
}

/** More files than one request may carry, or one file asked for more than once. */
export class TooManyFilesError extends Error {
  override name = 'TooManyFilesError';
  readonly limit: number;

  constructor(
    limit: number,
    message = `A request may carry at most ${limit} file${limit === 1 ? '' : 's'}.`,
  ) {
    super(message);
    this.limit = limit;
  }
}

/** A body, a field, a document or a count, such as of parts, exceeds its limit. */
export class RequestTooLargeError extends Error {
  override name = 'RequestTooLargeError';
  readonly limit: number;

  constructor(message: string, limit: number) {
    super(message);
    this.limit = limit;
  }
}

/** Other large bodies have used up the memory that bodies share. */
export class ServerMemoryError extends Error {
  override name = 'ServerMemoryError';

  constructor() {
    super('The server is receiving too many large requests. Please try again in a moment.');
  }
}

/** The connection closed before the whole body had come. */
export class ClientDisconnectedError extends Error {
  override name = 'ClientDisconnectedError';

  constructor() {
    super('The client disconnected before its request was complete.');
  }
}

/** The request was answered before the file was asked for. */
export class RequestAnsweredError extends Error {
  override name = 'RequestAnsweredError';

  constructor() {
    super('The request was answered before this file was read.');
  }
}

/** The body stopped coming, though it was waited for. */
export class BodyStalledError extends Error {
  override name = 'BodyStalledError';

  /** @param idleTimeout milliseconds. */
  constructor(idleTimeout: number) {
    super(`The body stopped coming: nothing more of it in ${idleTimeout / 1000} s.`);
  }
}
