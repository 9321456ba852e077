import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClientAddress, createPeerAddress } from '../auth/client-address.ts';
import { ForbiddenHostError, type RateLimitedError } from '../auth/errors.ts';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import { ERROR_CODES, type ErrorCode } from '../graphql/error-codes.ts';
import { toClientError } from '../graphql/errors.ts';
import { ShuttingDownError } from '../graphql/request-errors.ts';
import { ClientDisconnectedError } from '../multipart/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { acceptBacklog } from './connection/accept-backlog.ts';
import { BoundedRequest } from './connection/bounded-request.ts';
import { serveConnections } from './connection/connections.ts';
import { discardBody } from './connection/drain.ts';
import { limitConnections } from './connection/limit-connections.ts';
import { limitPendingBytes } from './connection/limit-pending-bytes.ts';
import { OpenConnections } from './connection/open-connections.ts';
import { sendAnswer } from './connection/send-answer.ts';
import { sendText } from './connection/send-text.ts';
import { sendNotFound } from './files/file-refusals.ts';
import { toOriginForm } from './host-header.ts';
import type { LimitRequests } from './limit-requests.ts';
import { limitRequestsAtOnce } from './limit-requests-at-once.ts';
import { type HeaderRules, refuseFromHeaders } from './refuse-from-headers.ts';
import { type MessageRefusal, refuseMessage } from './refuse-message.ts';
import { isForGraphQL, stripBasePath } from './request-target.ts';
import { createRoutes, type RoutesOptions } from './routes.ts';
import type { Timeouts } from './timeouts.ts';
import type { Progress, RequestContext } from './yoga/request-context.ts';
import type { GraphQLServer } from './yoga/yoga.ts';

export interface HttpServerOptions {
  readonly graphql: GraphQLServer;
  readonly routes: RoutesOptions;
  readonly headerRules: HeaderRules;
  readonly limitRequests: LimitRequests;
  readonly maxConnections: number;
  /** Connections of one address, and requests in progress of one client behind a proxy. 0 means no limit. */
  readonly maxConnectionsPerAddress: number;
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** Bytes of unread responses over all connections, and again as many of unusually many headers. */
  readonly maxPendingBytes: number;
  readonly timeouts: Timeouts;
  /** The path of the public URL, such as `/portrait`; a proxy in front may take it off the requests or leave it on. */
  readonly basePath: () => string;
  /** Browsers reach it by HTTPS. */
  readonly overHttps: () => boolean;
  readonly logger: Logger;
}

export interface HttpServer {
  /** Resolves with the port when connections are accepted. Rejects if the address cannot be had. */
  listen(host: string, port: number): Promise<number>;
  /**
   * Is not ready any more, but serves as before for `drain` milliseconds, and closes each connection with its next answer.
   * Then it accepts nothing new, answers what was asked over connections accepted last, lets what runs finish for at most
   * `grace` milliseconds, and cuts what is left.
   * @returns whether everything had finished.
   */
  stop(time: { readonly drain: number; readonly grace: number }): Promise<boolean>;
}

/** Headers that every answer carries; pages and files loosen the policy as far as they need. */
const COMMON_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
};
/** A year. For the public URL's host alone: what its siblings do is not ours to say. */
const STRICT_TRANSPORT = { 'Strict-Transport-Security': 'max-age=31536000' };

/** Milliseconds. Longer than proxies keep theirs, so that they never use a connection that is being closed. */
export const KEEP_ALIVE_TIMEOUT = 75_000;

/** Milliseconds for which, after a drain, a request may still come over a connection that was accepted before its end. */
const LAST_REQUEST_TIMEOUT = 2_000;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { logger } = options;
  const routes = createRoutes({ ...options.routes, checkReady });
  const running = new Set<ServerResponse>();
  /** Told to stop: whoever can go elsewhere should. */
  let draining = false;
  /** Nothing new is taken any more. */
  let stopping = false;

  function commonHeaders(): Readonly<Record<string, string>> {
    return { ...COMMON_HEADERS, ...(options.overHttps() && STRICT_TRANSPORT) };
  }

  async function checkReady(): Promise<void> {
    if (draining) {
      throw new ShuttingDownError();
    }
    await options.routes.checkReady();
  }

  /** @param awaitsContinue the client waits for `100 Continue` before it sends its body. */
  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue: boolean,
  ): Promise<void> {
    const requestId = randomUUID();
    const crowded = limitAtOnce(request, response);
    response.setHeaders(new Map(Object.entries({ ...commonHeaders(), 'X-Request-Id': requestId })));
    try {
      const refusal = refuseMessage(request);
      toOriginForm(request);
      request.url = stripBasePath(request.url ?? '/', options.basePath());
      const path = request.url.split('?', 1)[0] as string;
      if (refusal === undefined && isForGraphQL(request, path)) {
        await handleGraphQL(request, response, requestId, awaitsContinue, crowded);
      } else {
        discardBody(request);
        if (crowded !== undefined) {
          throw crowded;
        }
        await handleRoute(request, response, refusal, path);
      }
    } catch (error) {
      failed(response, error, requestId);
    }
  }

  async function handleRoute(
    request: IncomingMessage,
    response: ServerResponse,
    refusal: MessageRefusal | undefined,
    path: string,
  ): Promise<void> {
    if (refusal !== undefined) {
      sendText(response, refusal.status, refusal.sentence, refusal.headers);
      return;
    }
    if (options.headerRules.loopbackOnly && !isLoopbackHostHeader(request.headers.host)) {
      sendText(response, 403, new ForbiddenHostError().message);
      return;
    }
    const [prefix, route] = routes.find(([candidate]) => path.startsWith(candidate)) ?? [];
    if (prefix === undefined || route === undefined) {
      sendNotFound(response);
      return;
    }
    await route(request, response, path.slice(prefix.length));
  }

  async function handleGraphQL(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    awaitsContinue: boolean,
    crowded: RateLimitedError | undefined,
  ): Promise<void> {
    const left = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) {
        left.abort(new ClientDisconnectedError());
      }
    });
    const refusal = crowded ?? (await refuse(request));
    if (awaitsContinue && refusal === undefined) {
      response.writeContinue();
    }
    const progress: Progress = { documentReached: false, releaseBody: () => {} };
    const context: RequestContext = { req: request, requestId, refusal, signal: left.signal, progress };
    const answer = await options.graphql.handleNodeRequestAndResponse(request, response, context);
    const body = Buffer.from(await answer.arrayBuffer());
    progress.releaseBody();
    if (!response.destroyed) {
      await sendAnswer(request, response, {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body,
      });
    }
  }

  /** Why a request is refused before its body is read. */
  async function refuse(request: IncomingMessage): Promise<Error | undefined> {
    if (stopping) {
      return new ShuttingDownError();
    }
    try {
      await options.limitRequests(request);
    } catch (error) {
      return error as Error;
    }
    return refuseFromHeaders(request, options.headerRules);
  }

  function failed(response: ServerResponse, error: unknown, requestId: string): void {
    // A client that left destroys it without an error. When the source of an answer fails, its pipeline has done so with one.
    if (response.destroyed && response.errored === null) {
      return;
    }
    const { message, extensions } = toClientError(error, requestId, (fault) =>
      logger.error({ err: fault, requestId }, 'A request failed by a fault of the server'),
    );
    if (response.headersSent) {
      response.destroy();
    } else {
      const { code, retryAfter } = extensions as { code: ErrorCode; retryAfter?: number };
      sendText(response, ERROR_CODES[code].status, message, {
        ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
      });
    }
  }

  /** When the server stops, what is left open once nothing runs was opened in advance, and would be waited for. */
  function closeUnused(): void {
    if (stopping && running.size === 0) {
      server.closeAllConnections();
    }
  }

  const server: Server = createServer({
    IncomingMessage: BoundedRequest,
    headersTimeout: options.timeouts.headers,
    requestTimeout: options.timeouts.request,
    connectionsCheckingInterval: options.timeouts.headers / 5,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    // Checked by us, who answer with a sentence.
    requireHostHeader: false,
  });
  server.timeout = options.timeouts.idle;
  const open = new OpenConnections();
  limitConnections(server, open, { ...options, addressOf: createPeerAddress(options.trustedProxies) });
  const limitPending = limitPendingBytes(server, open, {
    maxUnreadBytes: options.maxPendingBytes,
    maxHeaderBytes: options.maxPendingBytes,
    rateWindow: options.timeouts.rateWindow,
    logger,
  });
  const limitAtOnce = limitRequestsAtOnce({
    max: options.maxConnectionsPerAddress,
    clientOf: createClientAddress(options.trustedProxies),
  });
  serveConnections(server, {
    open,
    commonHeaders,
    onRequest(request, response, awaitsContinue) {
      response.shouldKeepAlive &&= !draining;
      running.add(response);
      response.once('close', () => {
        running.delete(response);
        closeUnused();
      });
      limitPending();
      void handle(request, response, awaitsContinue).finally(limitPending);
    },
  });

  return {
    async listen(host, port) {
      server.listen(port, host);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    async stop({ drain, grace }) {
      draining = true;
      for (const response of running) {
        response.shouldKeepAlive = false;
      }
      await sleep(drain);
      const closed = once(server, 'close');
      server.closeIdleConnections();
      await acceptBacklog(server, LAST_REQUEST_TIMEOUT);
      server.close();
      await sleep(Math.min(drain, LAST_REQUEST_TIMEOUT));
      stopping = true;
      closeUnused();
      let finished = true;
      const timer = setTimeout(() => {
        finished = false;
        server.closeAllConnections();
      }, grace);
      await closed;
      clearTimeout(timer);
      return finished;
    },
  };
}
