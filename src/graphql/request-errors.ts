/** The HTTP method is not allowed. */
export class MethodNotAllowedError extends Error {
  override name = 'MethodNotAllowedError';
  /** Value of the Allow header. */
  readonly allow: string;

  constructor(method: string, allow: string) {
    super(`The method ${method} is not allowed here. Use ${allow}.`);
    this.allow = allow;
  }
}

/** The body has a media type or an encoding that the server does not accept. */
export class UnsupportedMediaTypeError extends Error {
  override name = 'UnsupportedMediaTypeError';
}

/**
 * The request has the hash of a document, but not the document. Clients look for this exact message or for its code.
 * Then they send the document: https://www.apollographql.com/docs/react/api/link/persisted-queries
 */
export class PersistedQueryNotSupportedError extends Error {
  override name = 'PersistedQueryNotSupportedError';

  constructor() {
    super('PersistedQueryNotSupported');
  }
}

/** The server is shutting down. */
export class ShuttingDownError extends Error {
  override name = 'ShuttingDownError';

  constructor() {
    super('The server is shutting down. Try again in a moment.');
  }
}
