import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { namesOneHost } from './host-header.ts';

/** A response to a request that breaks HTTP's own rules, whatever it is for. */
export interface MessageRefusal {
  readonly status: 400 | 501;
  readonly sentence: string;
  readonly headers: OutgoingHttpHeaders;
}

/** Ends the connection, because client and server may not agree where the request ends. */
const CLOSE = { Connection: 'close' };

/** Returns the refusal of a request whose Host or Transfer-Encoding the server cannot go by, or undefined. */
export function refuseMessage(request: IncomingMessage): MessageRefusal | undefined {
  if (!namesOneHost(request)) {
    const sentence = 'A request must have one Host header, with a name or an address.';
    return { status: 400, sentence, headers: CLOSE };
  }
  const codings = request.headers['transfer-encoding'];
  if (codings === undefined) {
    return undefined;
  }
  // RFC 9112, section 6.1, asks for both answers. Node's parser takes chunks over HTTP/1.0. It ignores what comes before
  // the last coding, and refuses the request itself if that is not `chunked`.
  if (request.httpVersion === '1.0') {
    return { status: 400, sentence: 'HTTP/1.0 has no Transfer-Encoding.', headers: CLOSE };
  }
  return /,\s*chunked\s*$/i.test(codings)
    ? { status: 501, sentence: 'The only Transfer-Encoding of this server is chunked.', headers: {} }
    : undefined;
}
