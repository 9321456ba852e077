/** The operation needs somebody who is signed in. */
export class UnauthenticatedError extends Error {
  override name = 'UnauthenticatedError';

  /** @param reason why nobody is known, in a sentence for people. */
  constructor(reason: string) {
    super(reason);
  }
}

/**
 * Portrait cannot check sign-ins right now. The error has no cause, because the key set logs the reason once and not for
 * every request.
 */
export class AuthUnavailableError extends Error {
  override name = 'AuthUnavailableError';

  constructor() {
    super('Your sign-in cannot be checked right now. Please try again in a moment.');
  }
}

/** The issuer's key set cannot be downloaded or is invalid. The message is for operators. */
export class KeySetUnavailableError extends Error {
  override name = 'KeySetUnavailableError';
}

/** The issuer's key for a token must not be used, such as an RSA key that is too short. The message is for clients. */
export class UnusableKeyError extends Error {
  override name = 'UnusableKeyError';

  constructor() {
    super(
      'Your sign-in was not accepted, because its key cannot be trusted. Please tell those who run this site.',
    );
  }
}

/** A page of another site sent a request that could change something. */
export class CrossSiteRequestError extends Error {
  override name = 'CrossSiteRequestError';

  constructor() {
    super('A page of another site may not do that here. Its origin is not one of ALLOWED_ORIGINS.');
  }
}

/** Demo mode serves this machine alone. */
export class ForbiddenHostError extends Error {
  override name = 'ForbiddenHostError';

  constructor() {
    super('In demo mode Portrait answers only under a loopback name, such as 127.0.0.1 or localhost.');
  }
}

/** Somebody has sent too much for now. */
export class RateLimitedError extends Error {
  override name = 'RateLimitedError';
  /** Seconds until the same may be sent again. */
  readonly retryAfter: number;

  /** @param what such as `uploads`. */
  constructor(what: string, retryAfter: number) {
    super(`Too many ${what} for now.`);
    this.retryAfter = retryAfter;
  }
}
