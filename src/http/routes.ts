import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { AvatarServers } from './avatars/avatar-servers.ts';
import { sendText } from './connection/send-text.ts';
import { createAssetServer } from './files/asset-server.ts';
import { rejectMethod, sendNotFound } from './files/file-refusals.ts';
import { createFileServer, type FileServer } from './files/file-server.ts';
import { SANDBOX } from './files/resource-headers.ts';
import { createRenderedPage, type RunQuery } from './pages/rendered-page.ts';
import { createTemplatePage } from './pages/template-page.ts';

export interface RoutesOptions {
  /** Folder that the server publishes under `/static/`. */
  readonly staticDirectory: string;
  /** Serves the pictures that the server publishes under `/static/pictures/`. */
  readonly pictures: FileServer;
  readonly avatars: AvatarServers;
  /** Returns the base URL of the server for browsers, without a trailing slash. */
  readonly publicUrl: () => string;
  /** Returns the base URL of the picture files for browsers, without a trailing slash. */
  readonly picturesUrl: () => string;
  readonly runQuery: RunQuery;
  /** True if mutations require a token. */
  readonly needsToken: boolean;
  /** Resolves if the server is ready. The error of a rejection names the reason, and clients see it. */
  readonly checkReady: () => Promise<void>;
}

/** Responds to a request. @param path the rest of the path after the prefix of the route, still encoded. */
type Handle = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> | void;

export interface Route {
  /** Start of the paths that belong to the route. */
  readonly prefix: string;
  readonly handle: Handle;
  /** True if pages of every site can load the resources: see any-origin.ts. */
  readonly isOpenToAnyOrigin?: boolean;
}

/** Start of the paths of pictures. */
export const PICTURES_PREFIX = '/static/pictures/';

/** The module of the elements, which other sites load by this name, and its types. */
const ELEMENTS = ['portrait.js', 'portrait.d.ts'];

/** Start of the paths of avatars. */
export const USERS_PREFIX = '/users/';

/**
 * Creates the routes for everything except GraphQL requests. The first route with a matching prefix gets the request.
 */
export function createRoutes(options: RoutesOptions): readonly Route[] {
  const files = createFileServer({
    root: options.staticDirectory,
    // Otherwise another spelling of a path, such as `%70ictures/`, would bypass the rules of the routes for these folders.
    isServed: (file) => !/^(?:pictures|page|elements)\//.test(file),
    headers: { 'Cache-Control': 'no-cache', 'Content-Security-Policy': SANDBOX },
  });
  const createAssets = (folder: string, stableNames: readonly string[] = []) =>
    createAssetServer({
      root: join(options.staticDirectory, folder),
      stableNames,
      headersOf: (file) => ({ 'Content-Security-Policy': assetPolicy(file) }),
    });
  const graphiql = exactPath(createTemplatePage('graphiql.html', options, graphiqlPolicy));
  const { avatars } = options;
  return [
    { prefix: PICTURES_PREFIX, handle: options.pictures, isOpenToAnyOrigin: true },
    { prefix: '/static/elements/', handle: createAssets('elements', ELEMENTS), isOpenToAnyOrigin: true },
    { prefix: '/static/page/', handle: createAssets('page') },
    { prefix: '/static/', handle: files },
    { prefix: '/initials/', handle: avatars.initials, isOpenToAnyOrigin: true },
    { prefix: USERS_PREFIX, handle: avatars.byId.send, isOpenToAnyOrigin: true },
    ...(avatars.byEmail === undefined
      ? []
      : [{ prefix: '/avatar/', handle: avatars.byEmail.send, isOpenToAnyOrigin: true }]),
    { prefix: '/health', handle: exactPath((_request, response) => sendText(response, 200, 'ok')) },
    { prefix: '/ready', handle: exactPath(readyRoute(options.checkReady)) },
    { prefix: '/graphql/', handle: graphiql },
    { prefix: '/graphql', handle: graphiql },
    { prefix: '/developers', handle: exactPath(createRenderedPage('developers.js', options)) },
    { prefix: '/', handle: exactPath(createRenderedPage('page.js', options)) },
  ];
}

/**
 * Returns the Content-Security-Policy of a built file, which applies if the file runs as a worker. Therefore, it has no
 * sandbox. Only the worker that prepares photos loads anything: the HEIC decoder, which is WebAssembly.
 */
function assetPolicy(file: string): string {
  const isPhotoWorker = file.startsWith('photo-worker-');
  return isPhotoWorker
    ? "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    : "default-src 'none'";
}

/**
 * Returns the Content-Security-Policy of GraphiQL. Its editor uses inline styles and inline fonts. Pictures can come
 * from other origins.
 */
function graphiqlPolicy(pictureOrigins: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    'font-src data:',
    `img-src 'self' ${pictureOrigins} data: blob:`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Restricts a route to its exact path, and to GET and HEAD. */
function exactPath(handle: Handle): Handle {
  return (request, response, path) => {
    if (path !== '') {
      return sendNotFound(response);
    }
    return rejectMethod(request, response) ? undefined : handle(request, response, path);
  };
}

function readyRoute(checkReady: () => Promise<void>): Handle {
  return async (_request, response) => {
    try {
      await checkReady();
      sendText(response, 200, 'ready');
    } catch (error) {
      sendText(response, 503, `not ready: ${(error as Error).message}`);
    }
  };
}
