import type { IncomingMessage } from 'node:http';
import { Fragmentation } from '../../multipart/fragmentation.ts';

/** How much of a body that nobody wants is still taken, so that its sender reads the answer. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5_000;
/** Fewer than for a body that is read: the server may have refused this one for its chunks. */
const LINGER_FREE_CHUNKS = 256;

/** Resolves when the body has ended, its sender has left, or a limit of bytes, time or tiny chunks is reached. */
export function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const fragmentation = new Fragmentation(LINGER_FREE_CHUNKS);
    const finish = () => {
      clearTimeout(timer);
      request.off('data', count).off('end', finish).off('close', finish);
      resolve();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES || fragmentation.exceededBy(chunk)) {
        finish();
      }
    };
    const timer = setTimeout(finish, LINGER_MS);
    request.on('data', count).on('end', finish).on('close', finish);
    request.resume();
  });
}

/** Lets a body flow past that no answer depends on. Of one that is too large or too slow the connection is cut. */
export function discardBody(request: IncomingMessage): void {
  const { headers, socket } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    return;
  }
  void drain(request).then(() => {
    if (!request.complete) {
      socket.destroy();
    }
  });
}
