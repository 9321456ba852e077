import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endWithRefusal } from './end-with-refusal.ts';
import { LINGER_BYTES } from './linger.ts';
import type { OpenConnections } from './open-connections.ts';
import { FIRST_PROBE_MS, probeHalfClosed } from './probe-half-closed.ts';
import { PARSER_STOPPED } from './stop-parsing.ts';

export interface ConnectionsOptions {
  readonly open: OpenConnections;
  /**
   * Handles a request. Called for one request of a connection at a time, each after the response to the previous one.
   */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => void;
  /** Called when a response was sent or its connection closed. */
  readonly onClose?: () => void;
  /** Returns the headers of every response. Responses to invalid requests have them too. */
  readonly commonHeaders: () => Readonly<Record<string, string>>;
  /** Milliseconds from a client's FIN until the server probes the client. Default: FIRST_PROBE_MS. */
  readonly firstProbe?: number;
}

/** Maximum requests of a connection that wait behind the one in progress. */
const MAX_WAITING_REQUESTS = 16;
/**
 * Listeners of one event above which Node warns of a leak. A response that streams a file from a bucket has 10 for
 * `close`, and the next request of its connection adds another. Node's default is 10.
 */
const MAX_LISTENERS = 16;

/**
 * Passes the requests of each connection to `onRequest`, one at a time.
 * - Node itself starts pipelined requests all at once. When the connection closes, Node notifies only the first of
 *   them, so the others would leak their open files. Here, each request waits for the response to the previous one.
 * - A request that waited starts in a new turn of the event loop. Otherwise the requests of one packet would block all
 *   other connections.
 * - Bytes that are not a request get an error response, but never in place of the response to another request.
 * - A client that sends FIN after its last request still gets the responses. Then the server closes the connection.
 */
export function serveConnections(
  server: Server,
  { open, onRequest, onClose, commonHeaders, firstProbe = FIRST_PROBE_MS }: ConnectionsOptions,
): void {
  const listenerFor = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = open.get(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    const { latest: previous, responses } = connection;
    response.setMaxListeners(MAX_LISTENERS);
    connection.begin(response);
    // Emitted once. `once` would create two more objects for each request.
    response.on('close', () => {
      connection.end(response);
      onClose?.();
    });
    const start = () => {
      if (hasSocket(response)) {
        onRequest(request, response, awaitsContinue);
      }
    };
    if (previous === undefined || hasSocket(response)) {
      // Starts in this turn, so the client has its response while the server reads the other connections.
      start();
    } else if (responses.length - 1 > MAX_WAITING_REQUESTS) {
      socket.destroy();
    } else {
      previous.once('close', () => setImmediate(start));
    }
  };

  const onClientError = (error: NodeJS.ErrnoException, stream: Duplex): void => {
    const connection = open.get(stream);
    if (connection === undefined) {
      stream.destroy();
      return;
    }
    const { socket, latest: last } = connection;
    if (connection.hasClientError) {
      // Node's parser fails again for all further bytes.
      if (socket.writableEnded) {
        discardUnparsed(socket);
      } else {
        socket.pause();
      }
      return;
    }
    connection.hasClientError = true;
    if (last === undefined || last.writableFinished) {
      endWithRefusal(socket, error, commonHeaders());
    } else if (last.req.complete) {
      // A previous request still needs its response. Until then, read no more bytes.
      socket.pause();
      last.once('close', () => endWithRefusal(socket, error, commonHeaders()));
    } else if (hasSocket(last) && !last.headersSent) {
      endWithRefusal(socket, error, commonHeaders(), true);
    } else {
      socket.destroy();
    }
  };

  /** Discards bytes of a connection whose parser has stopped. The request still gets its response. */
  const discardUnparsed = (socket: Duplex): void => {
    const connection = open.get(socket);
    if (connection === undefined || connection.bytesReceived > LINGER_BYTES) {
      socket.destroy();
    }
  };

  // Node reads this property in `socketOnEnd` of lib/_http_server.js. Its types do not have it.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', (socket: Socket) => {
    const connection = open.get(socket);
    if (connection !== undefined) {
      probeHalfClosed(connection, firstProbe);
    }
  });
  server.on('request', listenerFor(false));
  server.on('checkContinue', listenerFor(true));
  // A server may ignore any other expectation: RFC 9110, section 10.1.1.
  server.on('checkExpectation', listenerFor(false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    error.code === PARSER_STOPPED ? discardUnparsed(socket) : onClientError(error, socket),
  );
}

/** Returns whether a response has the socket. Node assigns the socket to the first unfinished response. */
function hasSocket(response: ServerResponse): boolean {
  return response.socket !== null;
}
