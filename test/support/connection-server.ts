import { once } from 'node:events';
import { createServer, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { serveConnections } from '../../src/http/connection/connections.ts';
import { type ConnectionLimits, limitConnections } from '../../src/http/connection/limit-connections.ts';
import { limitPendingBytes } from '../../src/http/connection/limit-pending-bytes.ts';
import { OpenConnections } from '../../src/http/connection/open-connections.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

/** Milliseconds until the first probe. Short, so that tests of clients that sent FIN are fast. */
const FIRST_PROBE_MS = 20;

export interface ConnectionServer {
  readonly url: string;
  /** Returns the response object of the next request. The test must end it. */
  nextResponse(): Promise<ServerResponse>;
  /** Makes the server measure the rates of its clients now. */
  measure(): void;
}

/** Starts a server with Portrait's connection handling for the current test. The test itself sends the responses. */
export async function connectionServerForTest(
  limits: Partial<ConnectionLimits> = {},
  options: ServerOptions = {},
  rateWindow = 60_000,
): Promise<ConnectionServer> {
  const server = createServer(options);
  const open = new OpenConnections();
  limitConnections(server, open, {
    maxConnections: 1000,
    maxConnectionsPerAddress: 0,
    addressOf: () => undefined,
    logger: createLogger('silent'),
    ...limits,
  });
  const measure = limitPendingBytes(server, open, {
    maxUnreadBytes: Number.POSITIVE_INFINITY,
    maxHeaderBytes: Number.POSITIVE_INFINITY,
    rateWindow,
    logger: createLogger('silent'),
  });
  const responses: ServerResponse[] = [];
  let arrival = Promise.withResolvers<void>();
  serveConnections(server, {
    open,
    commonHeaders: () => ({}),
    firstProbe: FIRST_PROBE_MS,
    onRequest(_request, response) {
      responses.push(response);
      arrival.resolve();
      arrival = Promise.withResolvers();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    measure,
    async nextResponse() {
      for (;;) {
        const response = responses.shift();
        if (response !== undefined) {
          return response;
        }
        await arrival.promise;
      }
    },
  };
}
