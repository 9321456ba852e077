import type { IncomingHttpHeaders } from 'node:http';

/**
 * Returns whether a page of another origin sent a request. Call it for requests that can change something. The rule is
 * that of Go's http.CrossOriginProtection (https://pkg.go.dev/net/http#CrossOriginProtection). Browsers send
 * `Sec-Fetch-Site`. Older browsers and browsers on plain HTTP send `Origin`. A client that sends neither is not a
 * browser. Clients need no special header. The check detects forms and scripts of other sites, whatever the type of the
 * body.
 * @param trustedOrigins origins that are allowed too, such as `https://app.example.com`.
 */
export function isCrossSite(headers: IncomingHttpHeaders, trustedOrigins: ReadonlySet<string>): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  // Browsers send `none` for requests that no page caused, such as a typed address.
  const isFromPage = site !== 'none' && (site !== undefined || origin !== undefined);
  const isTrusted = origin !== undefined && trustedOrigins.has(origin);
  return isFromPage && !isTrusted && !isSameOrigin(headers);
}

/** Returns whether, according to the browser's headers, a page of the server's own origin sent the request. */
export function isSameOrigin({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) {
    return site === 'same-origin';
  }
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}
