import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPictureServer } from '../../../src/http/files/picture-server.ts';
import { MAX_FILE_BYTES } from '../../../src/http/files/pictures-in-memory.ts';
import { createRouter } from '../../../src/http/router.ts';
import { createRoutes } from '../../../src/http/routes.ts';
import { describePictureServing, describeRanges } from '../../contract/picture-serving.ts';
import { builtFile, STATIC } from '../../support/built-file.ts';
import { findFreePort } from '../../support/free-port.ts';
import { uploaded } from '../../support/graphql.ts';
import { pictureFile } from '../../support/pictures.ts';
import { picturesIn } from '../../support/pictures-in.ts';
import { type Portrait, portraitForTest, startPortrait } from '../../support/portrait.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { openWire } from '../../support/wire.ts';

let portrait: Portrait;
let url: string;
/** URL of a file that is too large for memory. */
let largeUrl: string;

beforeAll(async () => {
  portrait = await startPortrait();
  url = (await uploaded(portrait, await pictureFile('photo.webp'))).profilePicture.url;
  largeUrl = url.replace('256.webp', '999.webp');
  const largeFile = join(portrait.folder, new URL(largeUrl).pathname.replace('/static/', ''));
  await writeFile(largeFile, randomBytes(MAX_FILE_BYTES + 1));
});
afterAll(() => portrait[Symbol.asyncDispose]());

/** Sends a path unchanged, which fetch would normalize. @returns the status. */
async function statusOf(path: string, headers = ''): Promise<number> {
  using wire = await openWire(portrait.url);
  await wire.send(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`);
  return (await wire.response()).status;
}

// Only the first two requests read the file.
describePictureServing('A picture in a folder', () => url);
describeRanges('A picture in a folder', () => url);
describePictureServing('A large picture in a folder', () => largeUrl);
describeRanges('A large picture in a folder', () => largeUrl);

describe('A path that is not a picture', () => {
  it('returns 404', async () => {
    const path = new URL(url).pathname;
    const folder = path.slice(0, path.lastIndexOf('/'));
    const storage = join(portrait.folder, 'pictures');
    await writeFile(join(portrait.folder, 'secret.txt'), 'secret');
    await writeFile(join(storage, 'notes.txt'), 'secret');
    await writeFile(join(storage, folder.slice('/static/pictures/'.length), '64.svg'), '<svg/>');
    await writeFile(join(storage, '.hidden'), 'hidden');
    await mkdir(join(storage, '.staging/half'), { recursive: true });
    await writeFile(join(storage, '.staging/half/64.webp'), 'half');
    await symlink(join(portrait.folder, 'secret.txt'), join(storage, 'link.txt'));
    await symlink(portrait.folder, join(storage, 'out'));
    // These links are named like pictures. Only their targets show that they are not pictures.
    const pictureFolder = folder.slice('/static/pictures/'.length);
    await symlink(join(portrait.folder, 'secret.txt'), join(storage, pictureFolder, '96.webp'));
    const shard = pictureFolder.startsWith('00') ? '11' : '00';
    const outside = `${shard}/pic_${shard.repeat(16)}`;
    await mkdir(join(portrait.folder, 'elsewhere', outside), { recursive: true });
    await writeFile(join(portrait.folder, 'elsewhere', outside, '64.webp'), 'secret');
    await symlink(join(portrait.folder, 'elsewhere'), join(storage, shard));
    for (const hidden of [
      folder,
      `${folder}/`,
      '/static/pictures',
      '/static/pictures/',
      `${folder}/64.svg`,
      `${path}/`,
      '/static/pictures/notes.txt',
      '/static/pictures/.hidden',
      '/static/pictures/%2ehidden',
      '/static/pictures/.staging/half/64.webp',
      '/static/pictures/%2estaging/half/64.webp',
      '/static/pictures/link.txt',
      '/static/pictures/out/secret.txt',
      `${folder}/96.webp`,
      `/static/pictures/${shard}/${outside}/64.webp`,
      '/static/pictures/../secret.txt',
      '/static/pictures/%2e%2e/secret.txt',
      '/static/pictures/..%2fsecret.txt',
      '/static/pictures/..%5csecret.txt',
      '/static/pictures/%2e%2e%2fdata%2fportrait.db',
      `${path}%00.jpg`,
      `${path}%`,
      '/static/pictures//etc/passwd',
      '/static/../package.json',
      '/static/%2e%2e/package.json',
      '/static/images',
      '/static/nothing.css',
      '/nothing',
      '/health/x',
      '/index.html',
    ]) {
      expect(await statusOf(hidden), hidden).toBe(404);
    }
  });
});

it.each(['/', '/health', '/ready', '/initials/64/0/A.svg', '/static/style.css'])(
  '%s accepts only GET and HEAD',
  async (path) => {
    for (const method of ['POST', 'DELETE']) {
      const response = await fetch(portrait.url + path, { method });
      expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
    }
    expect((await fetch(portrait.url + path, { method: 'HEAD' })).status).toBe(200);
  },
);

it('In a pictures folder inside the static folder, files that are not pictures return 404, however their path is written', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'pictures'));
  await writeFile(join(folder, 'pictures/notes.txt'), 'secret');
  await writeFile(join(folder, 'style.css'), 'main {}');
  const routes = createRoutes({
    staticDirectory: folder,
    pictures: createPictureServer(picturesIn(join(folder, 'pictures')), () => ({})).send,
    avatars: {
      byId: { sendCached: () => false, send: async () => {} },
      byEmail: undefined,
      initials: async () => {},
    },
    publicUrl: () => portrait.url,
    picturesUrl: () => `${portrait.url}/static/pictures`,
    needsToken: false,
    runQuery: async () => ({}),
    checkReady: async () => {},
  });
  const routeRequest = createRouter(routes, true);
  await using server = createServer(async ({ url = '/' }, response) => {
    await routeRequest(response.req, response, url, undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  for (const [path, status] of [
    ['style.css', 200],
    ['pictures/../style.css', 404],
    ['pictures/notes.txt', 404],
    ['%70ictures/notes.txt', 404],
    ['/pictures/notes.txt', 404],
    ['images/../pictures/notes.txt', 404],
    ['./pictures/notes.txt', 404],
  ] as const) {
    using wire = await openWire(`http://127.0.0.1:${port}`);
    await wire.send(`GET /static/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    expect((await wire.response()).status, path).toBe(status);
  }
});

/** Media types of what a page links to. Other links lead to pages. */
const LINKED_TYPES = [
  [/\.css$/, 'text/css'],
  [/\.js(?:\?v=[\w-]{8})?$/, 'text/javascript'],
  [/\.svg$/, 'image/svg+xml'],
  [/\.webp$|^data:image\/webp/, 'image/webp'],
  [/\.jpg$|\/avatar\?size=\d+$/, 'image/jpeg'],
  [/\/(?:health|ready)$/, 'text/plain'],
] as const;

describe('The server', () => {
  it.for([
    { path: '/', files: ['style.css', 'page.js'] },
    { path: '/developers', files: ['developers.css', 'developers.js'] },
  ])('serves a private page with security headers and working links: $path', async ({ path, files }) => {
    const page = await fetch(portrait.url + path);
    const html = await page.text();
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-cache',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    // fetch accepts compressed responses, but the size of a compressed page would reveal data of the user.
    expect(page.headers.get('Content-Encoding')).toBeNull();
    expect(page.headers.get('Content-Security-Policy')?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      `img-src 'self' ${portrait.url} data: blob:`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ]);
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
    const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link as string);
    expect(links).toEqual(expect.arrayContaining([...files.map(builtFile), '/graphql']));
    for (const link of links) {
      const { status, headers } = await fetch(new URL(link, portrait.url), {
        headers: { Accept: 'text/html' },
      });
      const [, type = 'text/html'] = LINKED_TYPES.find(([pattern]) => pattern.test(link)) ?? [];
      expect([status, headers.get('Content-Type')?.split(';')[0]], link).toEqual([200, type]);
    }
  });

  it('answers HEAD for the page with the Content-Length of GET and no body', async () => {
    const [get, head] = await Promise.all([fetch(portrait.url), fetch(portrait.url, { method: 'HEAD' })]);
    expect(head.headers.get('Content-Length')).toBe(get.headers.get('Content-Length'));
    expect(await head.text()).toBe('');
  });

  it('serves GraphiQL to browsers at the GraphQL URL, with files from the same server', async () => {
    const headers = { Accept: 'text/html,application/xhtml+xml' };
    const page = await fetch(`${portrait.url}/graphql`, { headers });
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'Accept, Accept-Encoding',
      'x-content-type-options': 'nosniff',
    });
    const policy = page.headers.get('Content-Security-Policy');
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain(`img-src 'self' ${portrait.url} data: blob:;`);
    const links = [...(await page.text()).matchAll(/(?:href|src)="([^"]+)"/g)].map(
      ([, link]) => link as string,
    );
    expect(links.length).toBeGreaterThanOrEqual(5);
    for (const link of links) {
      expect(link).toMatch(/^\/static\//);
      expect((await fetch(portrait.url + link)).status, link).toBe(200);
    }
    const head = await fetch(`${portrait.url}/graphql`, { method: 'HEAD', headers });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(`${portrait.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(await post.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it.for(['br', 'gzip', 'identity'])(
    'sends the page of GraphiQL in an accepted encoding, and 304 for its ETag: %s',
    async (encoding) => {
      const accept = { Accept: 'text/html', 'Accept-Encoding': encoding };
      const page = await fetch(`${portrait.url}/graphql`, { headers: accept });
      expect(page.headers.get('Content-Encoding') ?? 'identity').toBe(encoding);
      expect(await page.text()).toContain(builtFile('graphiql/graphiql.js'));
      const etag = page.headers.get('ETag');
      expect(etag).toMatch(/^"[^"]+"$/);
      const condition = `Accept: text/html\r\nIf-None-Match: ${etag}\r\nAccept-Encoding: `;
      expect(await statusOf('/graphql', `${condition}${encoding}\r\n`)).toBe(304);
      expect(await statusOf('/graphql', `${condition}${encoding === 'br' ? 'gzip' : 'br'}\r\n`)).toBe(200);
    },
  );

  it('serves every file that the build writes, compressed and immutable', async () => {
    const paths = (await readdir(STATIC, { recursive: true })).filter((path) =>
      /^(page|elements)\/.*\.(js|ts|css|wasm|txt)$/.test(path),
    );
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      const name = basename(path);
      const isStable = name.startsWith('portrait.');
      const { status, headers } = await fetch(`${portrait.url}/static/${path}`, {
        method: 'HEAD',
        headers: { 'Accept-Encoding': 'br' },
      });
      expect([status, headers.get('Cache-Control')], name).toEqual([
        200,
        isStable ? 'public, max-age=300' : 'public, max-age=31536000, immutable',
      ]);
      expect([
        headers.get('Access-Control-Allow-Origin'),
        headers.get('Cross-Origin-Resource-Policy'),
      ]).toEqual(path.startsWith('elements/') ? ['*', 'cross-origin'] : [null, null]);
      expect(headers.get('Content-Encoding'), name).toBe('br');
      // In a sandbox, the file could not run as a worker.
      expect(headers.get('Content-Security-Policy'), name).toBe(
        name.startsWith('photo-worker-')
          ? "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
          : "default-src 'none'",
      );
    }
  });

  it('sends the page uncompressed, because it shows data of the user', async () => {
    const { headers } = await fetch(portrait.url, { headers: { 'Accept-Encoding': 'br, gzip' } });
    expect(headers.get('Content-Encoding')).toBeNull();
  });

  it('reports that it is alive and ready', async () => {
    expect(await (await fetch(`${portrait.url}/health`)).text()).toBe('ok\n');
    expect(await (await fetch(`${portrait.url}/ready`)).text()).toBe('ready\n');
  });

  it('draws initials and silhouettes, and returns 404 for invalid sizes, colors and texts', async () => {
    const svg = await fetch(`${portrait.url}/initials/64/3/${encodeURIComponent('ÄÖ')}.svg`);
    expect(svg.headers.get('Content-Type')).toBe('image/svg+xml; charset=utf-8');
    expect(svg.headers.get('Content-Security-Policy')).toContain('sandbox');
    expect(await svg.text()).toContain('>ÄÖ</text>');
    for (const [path, type] of [
      ['512/3/%C3%84.png', 'image/png'],
      ['64/silhouette.png', 'image/png'],
      ['65/silhouette.svg', 'image/svg+xml; charset=utf-8'],
    ]) {
      const { headers } = await fetch(`${portrait.url}/initials/${path}`);
      expect([path, headers.get('Content-Type'), headers.get('Cache-Control')]).toEqual([
        path,
        type,
        'public, max-age=31536000, immutable',
      ]);
    }
    for (const path of [
      '64/3/ABC.svg',
      '64/3/%3Cb.svg',
      '64/99/A.svg',
      '0/3/A.svg',
      '64/3/.svg',
      '64/3/%.svg',
      '64/3/A.gif',
      '64/3/A',
      // A PNG has few sizes, because drawing one takes more work.
      '65/3/A.png',
      '1024/3/A.png',
      '64/99/A.png',
      '65/silhouette.png',
      '0/silhouette.svg',
      '64/3/silhouette.svg',
    ]) {
      expect(await statusOf(`/initials/${path}`), path).toBe(404);
    }
  });

  it('rejects requests for a host that is not loopback, whatever their path', async () => {
    for (const path of ['/', '/graphql?query={viewer{id}}', new URL(url).pathname]) {
      for (const accept of ['application/json', 'text/html']) {
        using wire = await openWire(portrait.url);
        await wire.send(`GET ${path} HTTP/1.1\r\nHost: rebound.example\r\nAccept: ${accept}\r\n\r\n`);
        expect((await wire.response()).status, path).toBe(403);
      }
    }
  });
});

it('A request with an absolute URL is handled for the host in that URL', async () => {
  const query = '?query={viewer{id}}';
  expect(await statusOf(`${portrait.url}/health`)).toBe(200);
  expect(await statusOf(`${url}?x=1`)).toBe(200);
  expect(await statusOf(`http://localhost/graphql${query}`)).toBe(200);
  expect(await statusOf(`http://rebound.example/graphql${query}`)).toBe(403);
  expect(await statusOf('http://rebound.example/')).toBe(403);
  expect(await statusOf('ftp://127.0.0.1/health')).toBe(404);
});

it('With a path in the public URL, the page and pictures work whether or not a proxy strips the path', async () => {
  const port = await findFreePort();
  const server = await portraitForTest({
    env: { PORT: String(port), PUBLIC_URL: `http://localhost:${port}/portrait/` },
  });
  expect(server.url).toBe(`http://localhost:${port}/portrait`);
  const { profilePicture } = await uploaded(server, await pictureFile('photo.webp'));
  expect(profilePicture.url).toContain('/portrait/static/pictures/');
  expect((await fetch(profilePicture.url)).status).toBe(200);
  expect((await fetch(profilePicture.url.replace('/portrait/', '/'))).status).toBe(200);
  expect((await fetch(`${server.url}/`)).status).toBe(200);
  expect((await fetch(`http://localhost:${port}/portraits/health`)).status).toBe(404);
});
