import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { endWithRefusal } from './end-with-refusal.ts';

export interface ConnectionsOptions {
  /** Is given the requests of a connection one after the other, each when the one before it is answered. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => void;
  /** For the answer to what is no request too. */
  readonly commonHeaders: () => Readonly<Record<string, string>>;
}

/** Requests that one connection may have waiting behind the one that is being answered. */
const MAX_WAITING_REQUESTS = 16;

/**
 * What lies between Node's parser and the requests. Node starts pipelined requests all at once, and does not tell those
 * behind the first when the connection is gone: what they had opened would stay open. Here each waits for its turn, and
 * between two of them the other connections have theirs: Node would not come back to those before it has been through
 * all that one packet holds.
 * Bytes that are no request are answered with a sentence, and never in place of another request's answer.
 */
export function serveConnections(server: Server, { onRequest, commonHeaders }: ConnectionsOptions): void {
  /** Of each connection, the response to the request that came last. */
  const latest = new WeakMap<Duplex, ServerResponse>();
  const waiting = new WeakMap<Duplex, number>();

  const take = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const previous = latest.get(socket);
    latest.set(socket, response);
    const start = () => {
      if (hasItsTurn(response)) {
        onRequest(request, response, awaitsContinue);
      }
    };
    if (previous === undefined) {
      start();
    } else if (hasItsTurn(response)) {
      setImmediate(start);
    } else if ((waiting.get(socket) ?? 0) < MAX_WAITING_REQUESTS) {
      waiting.set(socket, (waiting.get(socket) ?? 0) + 1);
      previous.once('close', () => {
        waiting.set(socket, (waiting.get(socket) ?? 0) - 1);
        setImmediate(start);
      });
    } else {
      socket.destroy();
    }
  };

  const refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
    const last = latest.get(socket);
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

  server.on('request', take(false));
  server.on('checkContinue', take(true));
  // Any other expectation may be passed over: RFC 9110, section 10.1.1.
  server.on('checkExpectation', take(false));
  server.on('clientError', refuse);
}

/** Node gives the connection to the first response that is not finished. */
function hasItsTurn(response: ServerResponse): boolean {
  return response.socket !== null;
}
