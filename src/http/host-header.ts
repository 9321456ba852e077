import type { IncomingMessage } from 'node:http';

/** A name or an address, with an optional port. Excludes the characters that end a host in a URL. */
const HOST = /^[^\s/?#@\\]+$/;

/**
 * Returns whether a request has exactly one Host header, with a value that is valid in a URL. The header is optional in
 * HTTP/1.0: RFC 9112, section 3.2.
 */
export function namesOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const [host, ...others] = headersDistinct['host'] ?? [];
  if (host === undefined) {
    return httpVersion === '1.0';
  }
  return others.length === 0 && HOST.test(host) && URL.canParse(`http://${host}`);
}

/**
 * Converts a request target that is an absolute URL to its path and query. The host of the URL replaces the Host
 * header: RFC 9112, section 3.2.2.
 */
export function toOriginForm(request: IncomingMessage): void {
  const target = URL.parse(request.url?.startsWith('/') ? '' : (request.url ?? ''));
  if (target !== null && /^https?:$/.test(target.protocol)) {
    request.url = target.pathname + target.search;
    request.headers.host = target.host;
  }
}
