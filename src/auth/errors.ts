/** The operation requires a signed-in user. */
export class UnauthenticatedError extends Error {
  override name = 'UnauthenticatedError';

  /** @param reason why there is no signed-in user, as a sentence for people. */
  constructor(reason: string) {
    super(reason);
  }
}

/** The token allows the action only for its own user, or not at all. */
export class ForbiddenError extends Error {
  override name = 'ForbiddenError';

  /** @param scopes scopes that allow the action. */
  constructor(scopes: readonly string[]) {
    super(
      `Your sign-in does not allow this for this user. Use a token with the scope ${scopes.join(' or ')}.`,
    );
  }
}

/**
 * Portrait cannot check tokens right now. The error has no cause, because the key set logs the reason once instead of
 * for every request.
 */
export class AuthUnavailableError extends Error {
  override name = 'AuthUnavailableError';

  constructor() {
    super('Your sign-in cannot be checked right now. Try again in a moment.');
  }
}

/** The issuer's key set cannot be downloaded or is invalid. The message is for operators. */
export class KeySetUnavailableError extends Error {
  override name = 'KeySetUnavailableError';
}

/** The issuer's key for a token is unusable, such as an RSA key that is too short. The message is for clients. */
export class UnusableKeyError extends Error {
  override name = 'UnusableKeyError';

  constructor() {
    super(
      'Your sign-in was not accepted, because its key cannot be trusted. Contact the operator of this site.',
    );
  }
}

/**
 * - `visible`: the page has another origin, which the operator can allow.
 * - `hidden`: the page has another origin, which the browser sends as `null`.
 * - `unknown`: the browser sends the origin as `null` and no `Sec-Fetch-Site`, so the page can have any origin.
 */
export type PageOrigin = 'visible' | 'hidden' | 'unknown';

const CROSS_SITE_SENTENCES: Readonly<Record<PageOrigin, string>> = {
  visible: "A page of another site sent this request. To allow it, add the page's origin to ALLOWED_ORIGINS.",
  hidden:
    'A page of another site sent this request, and it hides its origin. ' +
    'Serve the page from a web server, outside sandboxed frames, without Referrer-Policy: no-referrer.',
  unknown:
    'The page that sent this request hides its origin, so it may belong to another site. ' +
    'Serve the page outside sandboxed frames, without Referrer-Policy: no-referrer, or serve this site over HTTPS.',
};

/** A page of another site sent a request that can change something, or a page that could be one. */
export class CrossSiteRequestError extends Error {
  override name = 'CrossSiteRequestError';

  constructor(origin: PageOrigin) {
    super(CROSS_SITE_SENTENCES[origin]);
  }
}

/** The Host header is not a loopback name, which demo mode requires. */
export class ForbiddenHostError extends Error {
  override name = 'ForbiddenHostError';

  constructor() {
    super('In demo mode, Portrait responds only under a loopback name. Use 127.0.0.1 or localhost.');
  }
}

/** A client or user has reached a rate limit. */
export class RateLimitedError extends Error {
  override name = 'RateLimitedError';
  /** Seconds until the client can try again. */
  readonly retryAfter: number;

  /** @param events plural noun for the counted events, such as `uploads`. */
  constructor(events: string, retryAfter: number) {
    super(`Too many ${events}.`);
    this.retryAfter = retryAfter;
  }
}
