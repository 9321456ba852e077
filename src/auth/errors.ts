/** The operation needs somebody who is signed in. */
export class UnauthenticatedError extends Error {
  override name = 'UnauthenticatedError';

  constructor() {
    super('Please sign in first.');
  }
}

/** Demo mode serves this machine alone. */
export class ForbiddenHostError extends Error {
  override name = 'ForbiddenHostError';

  constructor() {
    super('In demo mode Portrait answers only under a loopback name, such as 127.0.0.1 or localhost.');
  }
}
