import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LINGER_BYTES } from './drain.ts';
import { endWithRefusal } from './end-with-refusal.ts';
import type { OpenConnections } from './open-connections.ts';
import { FIRST_PROBE_MS, probeHalfClosed } from './probe-half-closed.ts';
import { PARSER_STOPPED } from './stop-parsing.ts';

export interface ConnectionsOptions {
  readonly open: OpenConnections;
  /** Is given the requests of a connection one after the other, each when the one before it is answered. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => void;
  /** For the answer to what is no request too. */
  readonly commonHeaders: () => Readonly<Record<string, string>>;
  /** Milliseconds until the server probes a client that sent FIN. Default: FIRST_PROBE_MS. */
  readonly firstProbe?: number;
}

/** Requests that one connection may have waiting behind the one that is being answered. */
const MAX_WAITING_REQUESTS = 16;

/**
 * What lies between Node's parser and the requests. Node starts pipelined requests all at once, and does not tell those
 * behind the first when the connection is gone: what they had opened would stay open. Here each waits for its turn, and
 * between two of them the other connections have theirs: Node would not come back to those before it has been through
 * all that one packet holds.
 * Bytes that are no request are answered with a sentence, and never in place of another request's answer.
 * A client that sends FIN after its last request still gets the responses. Then the server closes the connection.
 */
export function serveConnections(
  server: Server,
  { open, onRequest, commonHeaders, firstProbe = FIRST_PROBE_MS }: ConnectionsOptions,
): void {
  const take = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = open.get(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    const { latest: previous, responses } = connection;
    connection.begin(response);
    response.once('close', () => connection.end(response));
    const start = () => {
      if (hasItsTurn(response)) {
        onRequest(request, response, awaitsContinue);
      }
    };
    if (previous === undefined) {
      start();
    } else if (hasItsTurn(response)) {
      setImmediate(start);
    } else if (responses.length - 1 > MAX_WAITING_REQUESTS) {
      socket.destroy();
    } else {
      previous.once('close', () => setImmediate(start));
    }
  };

  const refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
    const connection = open.get(socket);
    const last = connection?.latest;
    if (connection?.isRefused === true) {
      // Node's parser fails again for everything that follows.
      socket.pause();
      return;
    }
    if (connection !== undefined) {
      connection.isRefused = true;
    }
    if (last === undefined || last.writableFinished) {
      endWithRefusal(socket, error, commonHeaders());
    } else if (last.req.complete) {
      // It stands behind a request that is still to be answered. Nothing more is read meanwhile.
      socket.pause();
      last.once('close', () => endWithRefusal(socket, error, commonHeaders()));
    } else if (hasItsTurn(last) && !last.headersSent) {
      endWithRefusal(socket, error, commonHeaders());
    } else {
      socket.destroy();
    }
  };

  /** Discards what was read from a connection whose parser has stopped. Its request still gets a response. */
  const discard = (socket: Duplex): void => {
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
  server.on('request', take(false));
  server.on('checkContinue', take(true));
  // Any other expectation may be passed over: RFC 9110, section 10.1.1.
  server.on('checkExpectation', take(false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    error.code === PARSER_STOPPED ? discard(socket) : refuse(error, socket),
  );
}

/** Node gives the connection to the first response that is not finished. */
function hasItsTurn(response: ServerResponse): boolean {
  return response.socket !== null;
}
