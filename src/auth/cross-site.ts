import type { IncomingHttpHeaders } from 'node:http';
import { CrossSiteRequestError } from './errors.ts';
import type { AllowsOrigin } from './origins.ts';

/**
 * Returns the error if a page of another origin sent a request. Reject requests with an error if they can change
 * something. The rule is that of Go's http.CrossOriginProtection (https://pkg.go.dev/net/http#CrossOriginProtection).
 * Browsers send `Sec-Fetch-Site`. Older browsers and browsers on plain HTTP send `Origin`. A client that sends neither
 * is not a browser. Clients need no special header. The check detects forms and scripts of other sites, whatever the
 * type of the body.
 */
export function checkSite(
  headers: IncomingHttpHeaders,
  allowsOrigin: AllowsOrigin,
): CrossSiteRequestError | undefined {
  const { origin, 'sec-fetch-site': site } = headers;
  // Browsers send `none` for requests that no page caused, such as a typed address.
  const isFromPage = site !== 'none' && (site !== undefined || origin !== undefined);
  const isAllowed = origin !== undefined && allowsOrigin(origin);
  if (!isFromPage || isAllowed || isSameOrigin(headers)) {
    return undefined;
  }
  return new CrossSiteRequestError(origin !== 'null' ? 'visible' : site === undefined ? 'unknown' : 'hidden');
}

/** Returns whether, according to the browser's headers, a page of the server's own origin sent the request. */
export function isSameOrigin({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) {
    return site === 'same-origin';
  }
  const page = URL.parse(origin ?? '');
  // Apps choose the host of their own schemes.
  return page !== null && /^https?:$/.test(page.protocol) && page.host === host?.toLowerCase();
}
