import { maxHeaderSize, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

type Refusal = readonly [status: number, sentence: string];

const BAD_REQUEST: Refusal = [400, 'This is not a request of HTTP/1.1.'];

/** By the codes of Node's parser and of its time-outs. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: [431, `The headers of a request may have at most ${maxHeaderSize} bytes.`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunks of the body have extensions that are too large.'],
  HPE_INVALID_EOF_STATE: [400, 'The connection was closed before the request was complete.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
};

/** Answers what never became a request, as far as the connection still takes it, and closes the connection. */
export function endWithRefusal(
  socket: Duplex,
  error: NodeJS.ErrnoException,
  commonHeaders: Readonly<Record<string, string>>,
): void {
  if (!socket.writable) {
    // It is closed, or will be when what was written is out.
    return;
  }
  const [status, sentence] = REFUSALS[error.code ?? ''] ?? BAD_REQUEST;
  const body = `${sentence}\n`;
  const headers = {
    ...commonHeaders,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
  socket.end(answer, () => socket.destroy());
}
