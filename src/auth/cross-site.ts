import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that may change something was sent by a page of another origin: the rule of Go's
 * http.CrossOriginProtection (https://pkg.go.dev/net/http#CrossOriginProtection). Browsers say what they send by
 * `Sec-Fetch-Site`, older ones and those on plain HTTP by `Origin`; whoever sends neither is no browser. No client has
 * to send anything special, and no form or script of another site gets through, whatever type its body has.
 * @param trustedOrigins such as `https://app.example.com`.
 */
export function isCrossSite(
  { origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders,
  trustedOrigins: ReadonlySet<string>,
): boolean {
  if (site === 'same-origin' || site === 'none') {
    return false;
  }
  if (origin !== undefined && trustedOrigins.has(origin)) {
    return false;
  }
  if (site !== undefined) {
    return true;
  }
  return origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase();
}
