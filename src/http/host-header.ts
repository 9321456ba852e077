import type { IncomingMessage } from 'node:http';

/** A name or an address, and maybe a port: nothing that would make a URL of it begin something else. */
const HOST = /^[^\s/?#@\\]+$/;

/** Whether a request says once, and in a way that a URL can hold, whom it is for. HTTP/1.0 need not: RFC 9112, section 3.2. */
export function namesOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const [host, ...others] = headersDistinct['host'] ?? [];
  if (host === undefined) {
    return httpVersion === '1.0';
  }
  return others.length === 0 && HOST.test(host) && URL.canParse(`http://${host}`);
}

/**
 * Gives a request whose target is a whole URL, as clients may send it, the path of it and its host, which counts more than
 * the header: RFC 9112, section 3.2.2.
 */
export function toOriginForm(request: IncomingMessage): void {
  const target = URL.parse(request.url?.startsWith('/') ? '' : (request.url ?? ''));
  if (target !== null && /^https?:$/.test(target.protocol)) {
    request.url = target.pathname + target.search;
    request.headers.host = target.host;
  }
}
