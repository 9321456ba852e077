import type { ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';

/** Milliseconds from the FIN to the first probe and on to the second. Most responses are sent before the first. */
const FIRST_PAUSE_MS = 20;
/** Milliseconds. The pause doubles up to this. */
const MAX_PAUSE_MS = 1_000;
/** Milliseconds for which a response that has begun may make no progress: the server cannot write anything in between. */
const MAX_STALL_MS = 2_000;

/**
 * Finds out whether a client that sent FIN is gone, or still reads. After a FIN nothing more is read from the socket,
 * so the server writes interim responses (102, which every client of HTTP/1.1 must accept: RFC 9110, section 15.2).
 * A host without the connection answers the first with a reset, at which the next one fails and closes the connection.
 * Once a response has begun, its own bytes do the same. If there are none for MAX_STALL_MS, the client counts as gone.
 * Clients of HTTP/1.0 may not be sent interim responses. Their responses are begun regardless.
 */
export function probeHalfClosed({ socket, responses }: Connection): void {
  socket.once('end', () => {
    let [written, writtenAt] = [socket.bytesWritten, performance.now()];
    let timer = setTimeout(probe, FIRST_PAUSE_MS, FIRST_PAUSE_MS).unref();
    socket.once('close', () => clearTimeout(timer));

    function probe(pause: number): void {
      const [response] = responses;
      if (response === undefined) {
        return;
      }
      const now = performance.now();
      if (canProbe(response) && socket.writableLength === 0) {
        response.writeProcessing();
      } else if (isStalled(response) && now - writtenAt > MAX_STALL_MS) {
        socket.destroy();
        return;
      }
      if (socket.bytesWritten !== written || !isStalled(response)) {
        [written, writtenAt] = [socket.bytesWritten, now];
      }
      timer = setTimeout(probe, pause, Math.min(2 * pause, MAX_PAUSE_MS)).unref();
    }
  });
}

function canProbe({ headersSent, socket, req }: ServerResponse): boolean {
  return !headersSent && socket !== null && req.complete && req.httpVersionMinor > 0;
}

/** Whether the response has begun, and the server waits for the rest of it and not for the client. */
function isStalled({ headersSent, writableEnded, socket }: ServerResponse): boolean {
  return headersSent && !writableEnded && socket?.writableLength === 0;
}
