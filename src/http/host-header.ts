import type { IncomingMessage } from 'node:http';
import { countHeader } from './count-header.ts';

/** A name or an address, with an optional port. Excludes the characters that end a host in a URL. */
const HOST = /^[^\s/?#@\\]+$/;

/** The last valid value. Requests to a server usually have the same one, and parsing it as a URL is slow. */
let lastValid = '';

/**
 * Returns whether a request has exactly one Host header, with a value that is valid in a URL. The header is optional in
 * HTTP/1.0: RFC 9112, section 3.2.
 */
export function namesOneHost({ headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  const { host } = headers;
  if (host === undefined) {
    return httpVersion === '1.0';
  }
  return countHeader(rawHeaders, 'host') === 1 && isHost(host);
}

function isHost(host: string): boolean {
  if (host !== lastValid) {
    if (!HOST.test(host) || !URL.canParse(`http://${host}`)) {
      return false;
    }
    lastValid = host;
  }
  return true;
}

/**
 * Converts a request target that is an absolute URL to its path and query. The host of the URL replaces the Host
 * header: RFC 9112, section 3.2.2.
 */
export function toOriginForm(request: IncomingMessage): void {
  const { url = '' } = request;
  const target = url.startsWith('/') ? null : URL.parse(url);
  if (target !== null && /^https?:$/.test(target.protocol)) {
    request.url = target.pathname + target.search;
    request.headers.host = target.host;
  }
}
