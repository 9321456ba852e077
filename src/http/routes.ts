import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { areInitials, drawInitials, INITIALS_COLOURS } from '../pictures/initials.ts';
import { CACHE_CONTROL, PICTURE_FILE, type PictureFiles } from '../storage/storage.ts';
import { sendText } from './connection/send-text.ts';
import { createBucketServer } from './files/bucket-server.ts';
import { decodePath } from './files/decode-path.ts';
import { refuseMethod, sendNotFound } from './files/file-refusals.ts';
import { createFileServer, type FileServer } from './files/file-server.ts';
import { createStartPage, type RunQuery } from './pages/start-page.ts';
import { createTemplatePage } from './pages/template-page.ts';

export interface RoutesOptions {
  /** The folder behind `/static/`. */
  readonly staticDirectory: string;
  /** What is behind `/static/pictures/`, wherever it lies. */
  readonly pictures: PictureFiles;
  /** Where browsers find the server, without a slash at its end. */
  readonly publicUrl: () => string;
  /** Where they find the files of pictures, without a slash at its end. */
  readonly picturesUrl: () => string;
  readonly runQuery: RunQuery;
  /** Who writes has to sign in, by a token. */
  readonly needsToken: boolean;
  /** Resolves if the server can do its work; what it waits for is said by the rejection. */
  readonly checkReady: () => Promise<void>;
}

/** Answers one request; the path is what follows the route's own, still encoded. */
type Route = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> | void;

/** A file that is opened by itself may do nothing: no script, no form, no frame. */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/** Pictures are there to be shown by pages of any site. */
const ANY_ORIGIN_HEADERS = {
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Access-Control-Allow-Origin': '*',
};

/** `/initials/<size>/<colour>/<text>.svg` */
const INITIALS_PATH = /^([1-9]\d{0,3})\/(\d{1,2})\/([^/]+)\.svg$/;

/** Everything but GraphQL itself. The first route whose prefix fits takes the request. */
export function createRoutes(options: RoutesOptions): readonly (readonly [prefix: string, route: Route])[] {
  const pictures = createPictureServer(options.pictures, {
    'Cache-Control': CACHE_CONTROL,
    'Content-Security-Policy': SANDBOX,
    ...ANY_ORIGIN_HEADERS,
  });
  const files = createFileServer({
    root: options.staticDirectory,
    // By another way to write the path, what lies beside the default storage's pictures could be had here.
    isServed: (file) => !file.startsWith('pictures/'),
    headers: { 'Cache-Control': 'no-cache', 'Content-Security-Policy': SANDBOX },
  });
  const page = createFileServer({
    root: join(options.staticDirectory, 'page'),
    isServed: () => true,
    // Scripts, which a sandbox would keep from running as workers. An upgrade changes them under the same name.
    headers: { 'Cache-Control': 'no-cache', 'Content-Security-Policy': "default-src 'none'" },
  });
  const graphiql = exactly(createTemplatePage('graphiql.html', options, graphiqlPolicy));
  return [
    ['/static/pictures/', pictures],
    ['/static/page/', page],
    ['/static/', files],
    ['/initials/', sendInitials],
    ['/health', exactly((_request, response) => sendText(response, 200, 'ok'))],
    ['/ready', exactly(readiness(options.checkReady))],
    ['/graphql/', graphiql],
    ['/graphql', graphiql],
    ['/', exactly(createStartPage(options))],
  ];
}

function createPictureServer(files: PictureFiles, headers: OutgoingHttpHeaders): FileServer {
  return 'directory' in files
    ? createFileServer({ root: files.directory, isServed: (file) => PICTURE_FILE.test(file), headers })
    : createBucketServer({ reader: files, headers });
}

/** GraphiQL's editor sets styles and brings its fonts inline; pictures may come from other origins. */
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

/** For a path of its own, and for those who read. */
function exactly(route: Route): Route {
  return (request, response, path) => {
    if (path !== '') {
      return sendNotFound(response);
    }
    return refuseMethod(request, response) ? undefined : route(request, response, path);
  };
}

function readiness(checkReady: () => Promise<void>): Route {
  return async (_request, response) => {
    try {
      await checkReady();
      sendText(response, 200, 'ready');
    } catch (error) {
      sendText(response, 503, `not ready: ${(error as Error).message}`);
    }
  };
}

function sendInitials(request: IncomingMessage, response: ServerResponse, path: string): void {
  const [, size, colour, encoded] = INITIALS_PATH.exec(path) ?? [];
  const text = decodePath(encoded ?? '');
  if (!areInitials(text) || Number(colour) >= INITIALS_COLOURS) {
    sendNotFound(response);
    return;
  }
  if (refuseMethod(request, response)) {
    return;
  }
  const svg = drawInitials({ text, colour: Number(colour) }, Number(size));
  response.writeHead(200, {
    'Content-Type': 'image/svg+xml; charset=utf-8',
    'Content-Length': Buffer.byteLength(svg),
    'Cache-Control': CACHE_CONTROL,
    'Content-Security-Policy': SANDBOX,
    ...ANY_ORIGIN_HEADERS,
  });
  response.end(request.method === 'HEAD' ? undefined : svg);
}
