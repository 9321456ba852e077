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
