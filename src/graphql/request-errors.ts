/** The HTTP method does not fit. */
export class MethodNotAllowedError extends Error {
  override name = 'MethodNotAllowedError';
  /** For the Allow header. */
  readonly allow: string;

  constructor(method: string, allow: string) {
    super(`The method ${method} is not allowed here; use ${allow}.`);
    this.allow = allow;
  }
}

/** The body's media type, or its encoding, is not one that GraphQL comes in. */
export class UnsupportedMediaTypeError extends Error {
  override name = 'UnsupportedMediaTypeError';
}

/** The body is not the JSON of a GraphQL request. */
export class BadRequestError extends Error {
  override name = 'BadRequestError';
}

/** The server is about to stop. */
export class ShuttingDownError extends Error {
  override name = 'ShuttingDownError';

  constructor() {
    super('The server is shutting down. Please try again in a moment.');
  }
}
