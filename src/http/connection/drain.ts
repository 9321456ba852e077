import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isFragmented } from './bounded-request.ts';
import { LINGER_IDLE_MS, Linger } from './linger.ts';

/**
 * Reads and discards a body. Resolves when the body ends, the request is destroyed, the client stalls, or the body
 * exceeds a limit of Linger.
 */
export function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (request.destroyed) {
      resolve();
      return;
    }
    const linger = new Linger(performance.now());
    const finish = () => {
      clearTimeout(timer);
      request.off('data', count).off('end', finish).off('close', finish);
      resolve();
    };
    const count = (chunk: Buffer) => {
      timer.refresh();
      if (linger.exceededBy(chunk.length, performance.now())) {
        finish();
      }
    };
    const timer = setTimeout(finish, LINGER_IDLE_MS);
    request.on('data', count).on('end', finish).on('close', finish);
    request.resume();
  });
}

/**
 * Closes a connection whose parser has stopped, after the server has written the last response. Without a parser, the
 * server cannot find the end of the body, so it sends FIN at once. Then it discards bytes until the client closes the
 * connection, stalls, or exceeds a limit of Linger, because a reset could destroy the response: RFC 9112, section 9.6.
 */
export function closeUnparsed(socket: Socket): void {
  const linger = new Linger(performance.now());
  const destroy = () => socket.destroy();
  let before = socket.bytesRead;
  // The stopped parser consumes the bytes, so the socket emits no `data`. `discardUnparsed` bounds them in between.
  const timer = setInterval(() => {
    const bytes = socket.bytesRead - before;
    before = socket.bytesRead;
    if (bytes === 0 || linger.exceededBy(bytes, performance.now())) {
      destroy();
    }
  }, LINGER_IDLE_MS);
  socket.once('end', destroy).once('close', () => clearInterval(timer));
  socket.end();
  socket.resume();
}

/** Returns whether a request has a body, which can be empty. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Discards a body that does not affect the response. Disconnects the client if the body exceeds a limit. */
export function discardBody(request: IncomingMessage): void {
  if (!hasBody(request)) {
    return;
  }
  const { socket } = request;
  void drain(request).then(() => {
    if (!request.complete || isFragmented(request)) {
      socket.destroy();
    }
  });
}
