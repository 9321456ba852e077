import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { namesOneHost } from './host-header.ts';

/** Response to a request that violates HTTP itself, whatever its target. */
export interface MessageRefusal {
  readonly status: 400 | 501;
  readonly sentence: string;
  readonly headers: OutgoingHttpHeaders;
}

/** Closes the connection, because client and server may disagree about where the request ends. */
const CLOSE = { Connection: 'close' };

/** Returns the response to a request with an invalid Host or Transfer-Encoding, or undefined if both are valid. */
export function checkMessage(request: IncomingMessage): MessageRefusal | undefined {
  if (!namesOneHost(request)) {
    const sentence = 'The request must have exactly one Host header, with a name or an address.';
    return { status: 400, sentence, headers: CLOSE };
  }
  const codings = request.headers['transfer-encoding'];
  if (codings === undefined) {
    return undefined;
  }
  // RFC 9112, section 6.1, specifies both responses. Node's parser accepts chunks over HTTP/1.0. It ignores all codings
  // except the last, and rejects the request itself if that is not `chunked`.
  if (request.httpVersion === '1.0') {
    return { status: 400, sentence: 'HTTP/1.0 has no Transfer-Encoding. Use HTTP/1.1.', headers: CLOSE };
  }
  return /,\s*chunked\s*$/i.test(codings)
    ? { status: 501, sentence: 'The server supports only the Transfer-Encoding chunked.', headers: {} }
    : undefined;
}
