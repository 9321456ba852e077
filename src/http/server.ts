import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClientAddress, createPeerAddress } from '../auth/client-address.ts';
import type { RateLimitedError } from '../auth/errors.ts';
import { ShuttingDownError } from '../graphql/request-errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type AvatarServersOptions, createAvatarServers } from './avatars/avatar-servers.ts';
import type { HeaderRules } from './check-headers.ts';
import { checkMessage } from './check-message.ts';
import { commonHeadersFor, setHeaders } from './common-headers.ts';
import { acceptBacklog } from './connection/accept-backlog.ts';
import { BoundedRequest } from './connection/bounded-request.ts';
import { serveConnections } from './connection/connections.ts';
import { discardBody } from './connection/drain.ts';
import { limitConnections } from './connection/limit-connections.ts';
import { limitPendingBytes } from './connection/limit-pending-bytes.ts';
import { OpenConnections } from './connection/open-connections.ts';
import { createPictureServer } from './files/picture-server.ts';
import type { PicturesInMemory } from './files/pictures-in-memory.ts';
import { createGraphQLHandler } from './graphql-handler.ts';
import { toOriginForm } from './host-header.ts';
import type { LimitRequests } from './limit-requests.ts';
import { limitRequestsAtOnce } from './limit-requests-at-once.ts';
import { createServer } from './node-http.ts';
import { isForGraphQL, stripBasePath } from './request-target.ts';
import { createRouter } from './router.ts';
import { createRoutes, PICTURES_PREFIX, type RoutesOptions, USERS_PREFIX } from './routes.ts';
import { sendError } from './send-error.ts';
import { createSendFromMemory } from './send-from-memory.ts';
import type { Timeouts } from './timeouts.ts';
import type { GraphQLServer } from './yoga/yoga.ts';

export interface HttpServerOptions {
  readonly graphql: GraphQLServer;
  readonly pictures: PicturesInMemory;
  readonly avatars: Omit<AvatarServersOptions, 'pictures' | 'common'>;
  readonly routes: Omit<RoutesOptions, 'pictures' | 'avatars'>;
  readonly headerRules: HeaderRules;
  readonly limitRequests: LimitRequests;
  readonly maxConnections: number;
  /** Maximum connections of one address, and requests in progress of one client behind a proxy. 0 means no limit. */
  readonly maxConnectionsPerAddress: number;
  /** Addresses and networks of trusted proxies. */
  readonly trustedProxies: readonly string[];
  /**
   * Maximum bytes of unread responses over all connections. Unusually many headers have a separate limit of the same
   * size.
   */
  readonly maxPendingBytes: number;
  readonly timeouts: Timeouts;
  /**
   * Returns the path of the public URL, such as `/portrait`. A proxy in front may strip it from requests or keep it.
   */
  readonly basePath: () => string;
  /** Returns whether browsers reach the server over HTTPS. */
  readonly overHttps: () => boolean;
  readonly logger: Logger;
}

export interface HttpServer {
  /** Starts to accept connections, and resolves with the port. Rejects if the address is not available. */
  listen(host: string, port: number): Promise<number>;
  /**
   * Shuts down. For `drain` milliseconds, the server is not ready but still serves requests, and closes each connection
   * after its next response. Then it stops accepting connections. For up to LAST_REQUEST_TIMEOUT_MS, it still serves
   * requests on connections that it accepted last. Finally, it rejects new requests, gives those in progress `grace`
   * milliseconds to finish, and closes all connections.
   * @returns whether all requests finished in time.
   */
  stop(time: { readonly drain: number; readonly grace: number }): Promise<boolean>;
}

/** Milliseconds. Longer than the keep-alive of proxies, so they never use a connection that the server is closing. */
export const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Milliseconds after a drain in which requests can still arrive on connections that were accepted before its end. */
const LAST_REQUEST_TIMEOUT_MS = 2_000;

/** Creates the HTTP server, which does not listen yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { logger } = options;
  const pictures = createPictureServer(options.pictures, commonHeaders);
  const avatars = createAvatarServers({
    ...options.avatars,
    pictures: options.pictures,
    common: commonHeaders,
  });
  const sendFromMemory = createSendFromMemory({
    servers: [
      { prefix: PICTURES_PREFIX, sendQuickly: pictures.sendQuickly },
      { prefix: USERS_PREFIX, sendQuickly: avatars.byId.sendCached },
    ],
    basePath: options.basePath,
    loopbackOnly: options.headerRules.loopbackOnly,
  });
  const routes = createRoutes({
    ...options.routes,
    pictures: pictures.send,
    avatars,
    checkReady,
  });
  const routeRequest = createRouter(routes, options.headerRules.loopbackOnly);
  const handleGraphQL = createGraphQLHandler({ ...options, isStopping: () => stopping });
  /** True after `stop` was called: `/ready` fails, and each connection closes after its next response. */
  let draining = false;
  /** True when the server rejects new requests. */
  let stopping = false;

  function commonHeaders(): Readonly<Record<string, string>> {
    return commonHeadersFor(options.overHttps()).byName;
  }

  async function checkReady(): Promise<void> {
    if (draining) {
      throw new ShuttingDownError();
    }
    await options.routes.checkReady();
  }

  /**
   * @param awaitsContinue true if the client waits for `100 Continue` before it sends its body.
   * @param limitError set if the client has too many requests in progress.
   */
  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue: boolean,
    limitError: RateLimitedError | undefined,
  ): Promise<void> {
    const requestId = randomUUID();
    try {
      const refusal = checkMessage(request);
      toOriginForm(request);
      request.url = stripBasePath(request.url ?? '/', options.basePath());
      const path = request.url.split('?', 1)[0] as string;
      if (refusal === undefined && isForGraphQL(request, path)) {
        await handleGraphQL(response, requestId, awaitsContinue, limitError);
      } else {
        setHeaders(response, commonHeaders(), requestId);
        discardBody(request);
        await routeRequest(request, response, path, limitError ?? refusal);
      }
    } catch (error) {
      sendError(response, error, { requestId, headers: commonHeaders(), logger });
    }
  }

  /**
   * Closes the remaining connections if the server stops and no request is in progress. Clients opened them in advance,
   * and `stop` would wait for them.
   */
  function closeUnused(): void {
    if (stopping && open.unfinished().next().done === true) {
      server.closeAllConnections();
    }
  }

  const server: Server = createServer({
    IncomingMessage: BoundedRequest,
    // A request without a body then emits no stream events, which take a tenth of the processor time of a picture.
    optimizeEmptyRequests: true,
    headersTimeout: options.timeouts.headers,
    requestTimeout: options.timeouts.request,
    connectionsCheckingInterval: options.timeouts.headers / 5,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // `handle` checks the header and responds with a sentence.
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
  const respond = (
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue = false,
    limitError?: RateLimitedError,
  ) => void handle(request, response, awaitsContinue, limitError).finally(limitPending);
  serveConnections(server, {
    open,
    commonHeaders,
    onClose: closeUnused,
    onRequest(request, response, awaitsContinue) {
      response.shouldKeepAlive &&= !draining;
      const limitError = limitAtOnce(request, response);
      if (limitError !== undefined || !sendFromMemory(request, response, respond)) {
        respond(request, response, awaitsContinue, limitError);
      }
      limitPending();
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
      for (const response of open.unfinished()) {
        response.shouldKeepAlive = false;
      }
      await sleep(drain);
      const closed = once(server, 'close');
      server.closeIdleConnections();
      await acceptBacklog(server, LAST_REQUEST_TIMEOUT_MS);
      server.close();
      if (drain > 0) {
        await sleep(Math.min(drain, LAST_REQUEST_TIMEOUT_MS));
      }
      // Without a drain, this runs in the same turn, so no request begins in between and waits for its body.
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
