import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { atTestEnd } from './current-test.ts';

/** A webhook as a receiver got it. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly type: string;
  readonly data: {
    readonly userId: string;
    readonly pictureId: string | null;
    readonly stableAvatarUrl: string;
    readonly avatarUrl: string | null;
    readonly dominantColor: string | null;
    readonly altText: string | null;
    readonly changedAt: string;
    readonly actor: string | null;
  };
}

export type Responder = (response: ServerResponse, webhook: ReceivedWebhook) => void;

export interface WebhookReceiver {
  readonly url: string;
  /** All webhooks so far, in the order of arrival. */
  readonly received: readonly ReceivedWebhook[];
  /** Number of connections so far. */
  connections(): number;
  /** Changes the responses from now on. The default is the status 204. */
  respond(responder: Responder): void;
  /** Resolves when a condition holds, which is checked after each webhook. */
  until(condition: (received: readonly ReceivedWebhook[]) => boolean): Promise<void>;
}

/** Returns a responder that sends a status without a body. */
export function status(code: number, headers: Record<string, string> = {}): Responder {
  return (response) => response.writeHead(code, headers).end();
}

/** Starts a receiver for the current test. @param port default: a free port. */
export async function receiverForTest(port = 0): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let connections = 0;
  let responder: Responder = status(204);
  let arrival = Promise.withResolvers<void>();
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { type, data } = JSON.parse(body);
    const webhook = { id: String(request.headers['webhook-id']), headers: request.headers, body, type, data };
    received.push(webhook);
    responder(response, webhook);
    arrival.resolve();
    arrival = Promise.withResolvers();
  }
  const server = createServer((request, response) => void receive(request, response).catch(() => {}));
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  atTestEnd(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    connections: () => connections,
    respond(next) {
      responder = next;
    },
    async until(condition) {
      while (!condition(received)) {
        await arrival.promise;
      }
    },
  };
}
