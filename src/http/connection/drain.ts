import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isFragmented } from './bounded-request.ts';

/** How much of a body that nobody wants is still taken, so that its sender reads the answer. */
export const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5_000;

/** Resolves when the body has ended, the request is destroyed, or a limit of bytes or time is reached. */
export function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (request.destroyed) {
      resolve();
      return;
    }
    let bytes = 0;
    const finish = () => {
      clearTimeout(timer);
      request.off('data', count).off('end', finish).off('close', finish);
      resolve();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES) {
        finish();
      }
    };
    const timer = setTimeout(finish, LINGER_MS);
    request.on('data', count).on('end', finish).on('close', finish);
    request.resume();
  });
}

/**
 * Closes the connection of a fragmented request after its response was written. The server cannot find the end of the
 * body without a parser, so it sends FIN at once. Then it discards bytes until the client closes the connection or
 * LINGER_MS have passed, because a reset could destroy the response: RFC 9112, section 9.6.
 */
export function closeUnparsed(socket: Socket): void {
  const cut = () => socket.destroy();
  const timer = setTimeout(cut, LINGER_MS);
  socket.once('end', cut).once('close', () => clearTimeout(timer));
  socket.end();
  socket.resume();
}

/** Lets a body flow past that no answer depends on. Of one that is too large or too slow the connection is cut. */
export function discardBody(request: IncomingMessage): void {
  const { headers, socket } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    return;
  }
  void drain(request).then(() => {
    if (!request.complete || isFragmented(request)) {
      socket.destroy();
    }
  });
}
