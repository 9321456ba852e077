import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that may change something was sent by a page of another origin: the rule of Go's
 * http.CrossOriginProtection (https://pkg.go.dev/net/http#CrossOriginProtection). Browsers say what they send by
 * `Sec-Fetch-Site`, older ones and those on plain HTTP by `Origin`; whoever sends neither is no browser. No client has
 * to send anything special, and no form or script of another site gets through, whatever type its body has.
 * @param trustedOrigins such as `https://app.example.com`.
 */
export function isCrossSite(headers: IncomingHttpHeaders, trustedOrigins: ReadonlySet<string>): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  const saysNothing = site === 'none' || (site === undefined && origin === undefined);
  const isTrusted = origin !== undefined && trustedOrigins.has(origin);
  return !saysNothing && !isTrusted && !isSameOrigin(headers);
}

/** Whether a browser says that a page of the very origin that it asks sent the request. */
export function isSameOrigin({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) {
    return site === 'same-origin';
  }
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}
