import type { ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';

/**
 * Milliseconds from the FIN to the first probe. Some clients, such as Python's http.client, take an interim response for
 * the final one, so a quick response comes without one. A longer pause would publish uploads whose clients have left.
 */
export const FIRST_PROBE_MS = 100;
/** Milliseconds from the first probe to the second, which fails if the client is gone. */
const SECOND_PAUSE_MS = 20;
/** Milliseconds. The pause doubles up to this. */
const MAX_PAUSE_MS = 1_000;
/** Milliseconds for which a started response may make no progress. The server cannot write a probe inside of it. */
const MAX_STALL_MS = 2_000;

/**
 * Detects that a client that sent FIN is gone. After a FIN the socket has nothing more to read, so the server writes
 * interim responses (102, which every HTTP/1.1 client must accept: RFC 9110, section 15.2). A host without the
 * connection answers the first one with a reset. The next one then fails, which closes the connection.
 * Once a response has begun, its own bytes serve as probes. After MAX_STALL_MS without any, the client counts as gone.
 * HTTP/1.0 has no interim responses. For these clients the server writes zero bytes, which sends nothing, but fails if the
 * client has reset the connection. A client that only closes it after the FIN stays undetected until its response begins.
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

/** Returns whether a response has begun, and the server waits for its source and not for the client. */
function isStalled({ headersSent, writableEnded, socket }: ServerResponse): boolean {
  return headersSent && !writableEnded && socket?.writableLength === 0;
}
