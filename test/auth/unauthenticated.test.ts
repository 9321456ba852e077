import { graphql } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import type { Context } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createGraphQLServer } from '../../src/http/yoga/yoga.ts';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { openImaging } from '../../src/imaging/pool.ts';
import { UPLOAD } from '../support/graphql.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { NO_AVATARS } from '../support/no-avatars.ts';
import { picturesIn } from '../support/pictures-in.ts';
import { BOUNDARY, openWire, preludeFor, requestHead } from '../support/wire.ts';

/** Starts a server that identifies no user. */
async function serveWithoutViewer(): Promise<string> {
  const store = await openPictureStore();
  const imaging = openImaging({ workers: 1 });
  onTestFinished(() => imaging.close());
  const maxBytes = 5 * 1024 * 1024;
  const context: Omit<Context, 'signal'> = {
    parts: { ...store, imaging, acceptedTypes: ALL_TYPES, maxPixels: 51_000_000 },
    urls: createUrls(
      () => 'http://localhost',
      () => 'http://localhost/static/pictures',
    ),
    rules: { maxBytes, maxPixels: 51_000_000, types: ALL_TYPES },
    limitUploads: async () => {},
    identity: { viewer: null, reason: 'You are not signed in. Sign in and try again.' },
    users: new Map(),
  };
  const graphqlServer = createGraphQLServer({
    schema,
    createContext: async () => context,
    basePath: () => '',
    allowsOrigin: () => false,
    introspection: true,
    multipart: {
      maxFileBytes: maxBytes,
      maxFiles: 1,
      maxFieldBytes: 32_768,
      maxBodyBytes: 2 * maxBytes,
      idleTimeout: 30_000,
      spoolDirectory: store.uploadsDirectory,
    },
    logger: store.logger,
  });
  const server = createHttpServer({
    graphql: graphqlServer,
    pictures: picturesIn(store.folder),
    avatars: NO_AVATARS,
    routes: {
      staticDirectory: store.folder,
      picturesUrl: () => 'http://localhost/static/pictures',
      publicUrl: () => 'http://localhost',
      needsToken: false,
      runQuery: async (_request, source) =>
        graphql({ schema, source, contextValue: { ...context, signal: new AbortController().signal } }),
      checkReady: async () => {},
    },
    overHttps: () => false,
    limitRequests: async () => {},
    maxConnections: 1000,
    maxConnectionsPerAddress: 0,
    trustedProxies: [],
    maxPendingBytes: 32 * 1024 * 1024,
    timeouts: { headers: 10_000, request: 60_000, idle: 60_000, rateWindow: 60_000 },
    headerRules: {
      maxUploadBytes: maxBytes,
      loopbackOnly: false,
      allowsOrigin: () => false,
      onRejectedOrigin: () => {},
    },
    basePath: () => '',
    logger: store.logger,
  });
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(async () => {
    await server.stop({ drain: 0, grace: 0 });
  });
  return `http://127.0.0.1:${port}`;
}

const json = async (url: string, query: string) =>
  (await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query }),
  }).then(async (response) => ({ status: response.status, ...(await response.json()) }))) as {
    status: number;
    data: unknown;
    errors?: { extensions: unknown }[];
  };

it('A client that is not signed in can read, and has no viewer', async () => {
  const url = await serveWithoutViewer();
  const answer = await json(url, '{ viewer { id } user(id: "ann") { id profilePicture { id } } }');
  expect(answer).toEqual({ status: 200, data: { viewer: null, user: { id: 'ann', profilePicture: null } } });
});

it('The page shows that the user is not signed in', async () => {
  const page = await fetch(await serveWithoutViewer());
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain('<h1>You are not signed in</h1>');
  expect(html).not.toContain('<form');
});

it.each([
  'removeProfilePicture { id }',
  'removeProfilePicture(permanently: true) { id }',
  'restoreProfilePicture { id }',
  'updateProfilePicture(altText: "x") { id }',
])('A client that is not signed in cannot run %s', async (mutation) => {
  const { status, errors } = await json(await serveWithoutViewer(), `mutation { ${mutation} }`);
  expect([status, errors?.[0]?.extensions]).toEqual([401, { code: 'UNAUTHENTICATED' }]);
});

it('An upload of a client that is not signed in is rejected before the file arrives', async () => {
  using wire = await openWire(await serveWithoutViewer());
  await wire.send(`${requestHead({ 'Content-Length': 5_000_000 })}${preludeFor(UPLOAD)}--${BOUNDARY}\r\n`);
  const answer = await wire.response();
  expect([answer.status, JSON.parse(answer.body).errors[0].extensions.code]).toEqual([
    401,
    'UNAUTHENTICATED',
  ]);
});
