import type { IncomingMessage } from 'node:http';
import { graphql } from 'graphql';
import { allowOrigins } from './auth/origins.ts';
import { createRateLimit, noLimit } from './auth/rate-limit.ts';
import type { TokenKeys } from './auth/verify-token.ts';
import { type Identify, identifyAsDemo, type Identity } from './auth/viewer.ts';
import type { Config } from './config/load-config.ts';
import { STATIC_DIRECTORY } from './config/served.ts';
import type { Context } from './graphql/context.ts';
import { schema } from './graphql/schema.ts';
import { createUrls } from './graphql/urls.ts';
import { MULTIPART_OVERHEAD_BYTES } from './http/check-headers.ts';
import { forgetDeleted } from './http/files/forget-deleted.ts';
import { PicturesInMemory } from './http/files/pictures-in-memory.ts';
import { createRequestLimit } from './http/limit-requests.ts';
import { logRejectedOrigins } from './http/log-rejected-origins.ts';
import { limitByOpenFiles } from './http/open-file-limit.ts';
import { basePathOf } from './http/pages/site-urls.ts';
import { createReadiness } from './http/readiness.ts';
import { createHttpServer } from './http/server.ts';
import { createGraphQLServer } from './http/yoga/yoga.ts';
import { openPictureParts } from './open-picture-parts.ts';
import { openStores } from './open-stores.ts';
import { checkUploads } from './pictures/receive-file.ts';
import { prepareStores } from './prepare-stores.ts';
import type { Logger } from './telemetry/logger.ts';
import { startJanitor } from './upkeep/janitor.ts';

/** A running server. */
export interface App {
  /** Base URL for browsers, without a trailing slash. */
  readonly url: string;
  /** Port that the server listens on. */
  readonly port: number;
  /** Waits up to STOP_GRACE_MS for running uploads, then closes everything. Call it only once. */
  close(): Promise<void>;
}

/** Milliseconds that running uploads have to finish after a request to stop. */
const STOP_GRACE_MS = 10_000;
/** Milliseconds after which an upload without new bytes times out. */
export const UPLOAD_IDLE_TIMEOUT_MS = 30_000;
/**
 * Timeouts in milliseconds. Headers are small, and a file arrives at 20 KB/s or more. A connection is also idle while
 * its picture waits for a decoder. With a full queue, that takes a minute or two.
 */
export const REQUEST_TIMEOUTS = { headers: 10_000, request: 300_000, idle: 360_000, rateWindow: 30_000 };
/** Maximum bytes of unread responses over all connections. Unusually many headers have a separate, equal limit. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** Default share of all connections for one address. */
const SHARE_PER_ADDRESS = 1 / 4;
const HOUR_S = 3600;
/** Each mutation takes one file. */
const MAX_FILES = 1;
/** Maximum bytes of `operations` and of `map`. Both must fit into a body in addition to its file. */
const MAX_FIELD_BYTES = MULTIPART_OVERHEAD_BYTES / 2;

/** Opens and wires all parts, then listens. If a part cannot be opened, closes the others and rejects. */
export async function openApp(config: Config, logger: Logger): Promise<App> {
  await using parts = new AsyncDisposableStack();

  const stores = parts.use(await openStores(config, true, logger));
  const { database } = stores;
  const pictures = new PicturesInMemory({
    reader: stores.storage.files,
    maxBytes: config.PICTURE_CACHE_BYTES,
    logger,
  });
  const storage = forgetDeleted(stores.storage, pictures);
  await prepareStores(config, { database, storage }, logger);
  const pictureParts = parts.use(openPictureParts(config, { database, storage }, logger));
  parts.defer(startJanitor(pictureParts));

  let url = config.PUBLIC_URL ?? '';
  const path = url === '' ? '' : basePathOf(url);
  const basePath = () => path;
  let origin: string | undefined;
  /** Returns the origin of the URL, which is known when the server listens. */
  const ownOrigin = () => {
    origin ??= new URL(url).origin;
    return origin;
  };
  const picturesUrl = () => config.PICTURES_URL ?? `${url}/static/pictures`;
  const services = {
    parts: pictureParts,
    urls: createUrls(() => url, picturesUrl),
    rules: {
      maxBytes: config.MAX_UPLOAD_BYTES,
      maxPixels: config.MAX_PIXELS,
      types: pictureParts.acceptedTypes,
    },
  };
  const identify = await openSignIn(config, logger);
  // In demo mode, all clients run on this machine.
  const uploadsPerHour = identify === identifyAsDemo ? 0 : config.UPLOADS_PER_HOUR;
  const limitUploads =
    uploadsPerHour === 0
      ? noLimit
      : createRateLimit(
          'uploads',
          database.openLimiter({ name: 'uploads', points: uploadsPerHour, duration: HOUR_S }),
        );
  const allowsOrigin = allowOrigins(config.ALLOWED_ORIGINS, identify === identifyAsDemo);
  const contextOf = (identity: Identity): Omit<Context, 'signal'> => ({
    ...services,
    limitUploads,
    identity,
    users: new Map(),
  });
  const createContext = ({ headers }: IncomingMessage) => {
    const identity = identify(headers);
    return identity instanceof Promise ? identity.then(contextOf) : contextOf(identity);
  };
  const graphqlServer = createGraphQLServer({
    schema,
    // The request's own context has the signal.
    createContext: ({ req }) => createContext(req),
    multipart: {
      maxFileBytes: config.MAX_UPLOAD_BYTES,
      maxFiles: MAX_FILES,
      maxFieldBytes: MAX_FIELD_BYTES,
      maxBodyBytes: config.MAX_UPLOAD_BYTES + MULTIPART_OVERHEAD_BYTES,
      idleTimeout: UPLOAD_IDLE_TIMEOUT_MS,
      spoolDirectory: config.UPLOADS_DIR,
      spoolPrefix: `${database.instance}-`,
    },
    basePath,
    introspection: config.INTROSPECTION,
    allowsOrigin,
    logger,
  });
  const limitRequests = createRequestLimit({
    perMinute: config.REQUESTS_PER_MINUTE,
    trustedProxies: config.TRUST_PROXY,
    logger,
  });
  const maxConnections = await limitByOpenFiles(config.MAX_CONNECTIONS, logger);
  const server = createHttpServer({
    graphql: graphqlServer,
    pictures,
    avatars: {
      database,
      servesByEmail: config.AVATARS_BY_EMAIL,
      urls: services.urls,
      redirects: config.PICTURES_URL !== undefined,
    },
    routes: {
      staticDirectory: STATIC_DIRECTORY,
      publicUrl: () => url,
      picturesUrl,
      runQuery: async (req, source) => {
        limitRequests(req);
        const { signal } = new AbortController();
        const contextValue = { ...(await createContext(req)), signal };
        return await graphql({ schema, source, contextValue });
      },
      needsToken: identify !== identifyAsDemo,
      checkReady: createReadiness(
        {
          'the database': database.check,
          'the storage': storage.check,
          'the uploads folder': () => checkUploads(config.UPLOADS_DIR),
        },
        logger,
      ),
    },
    headerRules: {
      maxUploadBytes: config.MAX_UPLOAD_BYTES,
      loopbackOnly: identify === identifyAsDemo,
      // Includes the server's own origin, because a proxy may have changed the Host header.
      allowsOrigin: (sender) => allowsOrigin(sender) || sender === ownOrigin(),
      onRejectedOrigin: logRejectedOrigins(logger),
    },
    limitRequests,
    maxConnections,
    maxConnectionsPerAddress:
      config.MAX_CONNECTIONS_PER_ADDRESS ?? Math.ceil(maxConnections * SHARE_PER_ADDRESS),
    trustedProxies: config.TRUST_PROXY,
    maxPendingBytes: MAX_PENDING_BYTES,
    timeouts: REQUEST_TIMEOUTS,
    basePath,
    overHttps: () => url.startsWith('https:'),
    logger,
  });
  const port = await server.listen(config.HOST, config.PORT);
  url ||= `http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${port}`;

  const { WEBHOOK_URL, WEBHOOK_SECRET } = config;
  const { outbox } = database;
  if (outbox !== undefined && WEBHOOK_URL !== undefined && WEBHOOK_SECRET !== undefined) {
    const { startSender } = await import('./webhooks/start-sender.ts');
    parts.defer(
      startSender({ outbox, url: WEBHOOK_URL, secrets: WEBHOOK_SECRET, urls: services.urls, logger }),
    );
  }

  const opened = parts.move();
  return {
    url,
    port,
    async close() {
      if (!(await server.stop({ drain: config.DRAIN_SECONDS * 1000, grace: STOP_GRACE_MS }))) {
        logger.warn('Some requests did not finish in time; their connections were closed');
      }
      await opened.disposeAsync();
    },
  };
}

/** Returns sign-in by tokens if a key is configured, or else demo mode, in which every client is the demo user. */
async function openSignIn(config: Config, logger: Logger): Promise<Identify> {
  const keys = tokenKeys(config, logger);
  if (keys === undefined) {
    return identifyAsDemo;
  }
  const { identifyByToken } = await import('./auth/token.ts');
  return identifyByToken({
    keys,
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    cookie: config.AUTH_COOKIE,
    readsEmail: config.AVATARS_BY_EMAIL,
  });
}

function tokenKeys({ AUTH_SECRET, AUTH_JWKS_URL }: Config, logger: Logger): TokenKeys | undefined {
  if (AUTH_SECRET !== undefined) {
    return { secret: AUTH_SECRET };
  }
  return AUTH_JWKS_URL === undefined ? undefined : { jwksUrl: AUTH_JWKS_URL, logger };
}
