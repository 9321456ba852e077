/** The request is not valid JSON, or breaks the GraphQL multipart request specification. */
export class MalformedRequestError extends Error {
  override name = 'MalformedRequestError';
}

/**
 * The body arrives in too many small chunks. Each chunk costs the server time, however small it is. An HTTP server that
 * counts chunks destroys the request with this error, and keeps the connection open for the response.
 */
export class FragmentedBodyError extends MalformedRequestError {
  override name = 'FragmentedBodyError';

  constructor() {
    super('The body arrives in too many small chunks. Send it in larger chunks.');
  }
}

/** A file that `map` names is missing, empty, or sent as text. */
export class FileMissingError extends Error {
  override name = 'FileMissingError';
}

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** Returns a size for a sentence, such as `5 MiB (5,242,880 bytes)`. */
function formatSize(bytes: number): string {
  const exact = `${NUMBER.format(bytes)} bytes`;
  if (bytes < 1024) {
    return exact;
  }
  const rounded =
    bytes < 1024 ** 2 ? `${NUMBER.format(bytes / 1024)} KiB` : `${NUMBER.format(bytes / 1024 ** 2)} MiB`;
  return `${rounded} (${exact})`;
}

/** A file exceeds its size limit. */
export class FileTooLargeError extends Error {
  override name = 'FileTooLargeError';
  /** Maximum size of a file in bytes, inclusive. */
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`The file is larger than ${formatSize(maxBytes)}. Choose a smaller picture.`);
    this.maxBytes = maxBytes;
  }
}

/** A request contains too many files, or uses a file more than once. */
export class TooManyFilesError extends Error {
  override name = 'TooManyFilesError';
  readonly limit: number;

  constructor(
    limit: number,
    message = `A request can contain at most ${limit} file${limit === 1 ? '' : 's'}. ` +
      'Send the others in separate requests.',
  ) {
    super(message);
    this.limit = limit;
  }
}

/** A body, a field, a document or a number, such as the number of parts, exceeds its limit. */
export class RequestTooLargeError extends Error {
  override name = 'RequestTooLargeError';
  readonly limit: number;

  constructor(message: string, limit: number) {
    super(message);
    this.limit = limit;
  }
}

/** Other large bodies have used up the memory that all bodies share. */
export class ServerMemoryError extends Error {
  override name = 'ServerMemoryError';

  constructor() {
    super('The server is receiving too many large requests. Try again in a moment.');
  }
}

/** The connection closed before the whole body had arrived. */
export class ClientDisconnectedError extends Error {
  override name = 'ClientDisconnectedError';

  constructor() {
    super('The client disconnected before the request was complete.');
  }
}

/** The request was answered before the file was requested or completely read. */
export class RequestAnsweredError extends Error {
  override name = 'RequestAnsweredError';

  constructor() {
    super('The request was answered before this file was read.');
  }
}

/** The body stopped arriving while the server was ready to read it. */
export class BodyStalledError extends Error {
  override name = 'BodyStalledError';

  /** @param idleTimeout milliseconds without data. */
  constructor(idleTimeout: number) {
    super(
      `The request stalled. The server received no data for ${idleTimeout / 1000} seconds. Send the request again.`,
    );
  }
}
