import type { Socket } from 'node:net';
import { maxHeaderSize, STATUS_CODES } from '../node-http.ts';
import { closeUnparsed } from './drain.ts';
import { stopParsing } from './stop-parsing.ts';

type Refusal = readonly [status: number, sentence: string];

const BAD_REQUEST: Refusal = [400, 'The request is not valid HTTP/1.1.'];

/** Responses by the error codes of Node's parser and timeouts. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    `The headers are larger than ${maxHeaderSize} bytes. Send fewer or shorter headers.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of the body are too large. Send none.'],
  HPE_INVALID_EOF_STATE: [400, 'The connection was closed before the request was complete.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time. Try again.'],
};

/**
 * Sends the response to an invalid request, if the socket is still writable, and closes the connection. If no request is
 * in progress, discards the bytes that still arrive, because a reset could destroy the response. A request in progress
 * ends only with its connection.
 */
export function endWithRefusal(
  socket: Socket,
  error: NodeJS.ErrnoException,
  commonHeaders: Readonly<Record<string, string>>,
  inProgress = false,
): void {
  if (!socket.writable) {
    // The connection is closed, or closes after the response in progress.
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
  const response = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
  if (inProgress || socket.readableEnded) {
    socket.end(response, () => socket.destroy());
  } else {
    stopParsing(socket);
    socket.write(response);
    closeUnparsed(socket);
  }
}
