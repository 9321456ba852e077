import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isFragmented } from './bounded-request.ts';

/** Maximum bytes to read of a discarded body. Many clients read the response only after they have sent the body. */
export const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5_000;

/**
 * Reads and discards a body. Resolves when the body ends, the request is destroyed, or a limit of bytes or time is
 * reached.
 */
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
 * Closes the connection of a fragmented request after the server has written the response. Without a parser, the server
 * cannot find the end of the body, so it sends FIN at once. Then it discards bytes until the client closes the
 * connection or LINGER_MS have passed, because a reset could destroy the response: RFC 9112, section 9.6.
 */
export function closeUnparsed(socket: Socket): void {
  const destroy = () => socket.destroy();
  const timer = setTimeout(destroy, LINGER_MS);
  socket.once('end', destroy).once('close', () => clearTimeout(timer));
  socket.end();
  socket.resume();
}

/** Discards a body that does not affect the response. Disconnects the client if the body exceeds a limit. */
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
