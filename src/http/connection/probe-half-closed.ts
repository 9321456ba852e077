import type { ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';

/**
 * Milliseconds from the FIN to the first probe. Some clients, such as Python's http.client, mistake an interim response
 * for the final one, so the server sends none before quick responses. With a longer pause, the server would publish
 * uploads of clients that have disconnected.
 */
export const FIRST_PROBE_MS = 100;
/** Milliseconds from the first probe to the second one, which fails if the client is gone. */
const SECOND_PAUSE_MS = 20;
/** Maximum milliseconds between probes. The pause doubles up to this value. */
const MAX_PAUSE_MS = 1_000;
/** Milliseconds that a response can go without progress once it has begun. The server cannot insert a probe into it. */
const MAX_STALL_MS = 2_000;

/**
 * Detects whether a client that sent FIN is gone. After a FIN, the socket has nothing more to read, so the server
 * writes interim responses (102, which every HTTP/1.1 client must accept: RFC 9110, section 15.2). If the client is
 * gone, its host replies to the first one with a reset. The next write then fails, and the connection closes.
 * - Once a response has begun, its own bytes serve as probes. After MAX_STALL_MS without new bytes, the client
 *   counts as gone.
 * - HTTP/1.0 has no interim responses, so the server writes zero bytes. Such a write sends nothing, but fails if the
 *   client has reset the connection. If the client only closes the connection after the FIN, the server
 *   notices that when the response begins.
 * @param firstPause milliseconds from the FIN to the first probe.
 */
export function probeHalfClosed({ socket, responses }: Connection, firstPause: number): void {
  socket.once('end', () => {
    let [written, writtenAt] = [socket.bytesWritten, performance.now()];
    let timer = setTimeout(probe, firstPause, SECOND_PAUSE_MS).unref();
    socket.once('close', () => clearTimeout(timer));

    function probe(pause: number): void {
      const [response] = responses;
      if (response === undefined) {
        return;
      }
      const now = performance.now();
      if (canProbe(response) && socket.writableLength === 0) {
        sendProbe(response);
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
  return !headersSent && socket !== null && req.complete;
}

function sendProbe(response: ServerResponse): void {
  if (response.req.httpVersionMinor > 0) {
    response.writeProcessing();
  } else {
    response.socket?.write('');
  }
}

/** Returns whether a response has begun, and the server waits for the source of the response, not for the client. */
function isStalled({ headersSent, writableEnded, socket }: ServerResponse): boolean {
  return headersSent && !writableEnded && socket?.writableLength === 0;
}
