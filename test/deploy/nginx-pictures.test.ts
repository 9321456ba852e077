import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { describePictureServing } from '../contract/picture-serving.ts';
import { type BehindNginx, startBehindNginx } from '../support/behind-nginx.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { query, upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type S3Store, startS3Store } from '../support/s3-store.ts';
import { signedIn } from '../support/signed-in.ts';
import { openWire, type WireResponse } from '../support/wire.ts';

let store: S3Store;

beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store[Symbol.asyncDispose]());

const VARIANTS = [
  { where: 'from the folder', bucket: () => undefined },
  { where: 'from its cache of a bucket', bucket: () => store },
];

/** Headers of a picture that are the same from nginx and from Portrait. */
const PICTURE_HEADERS = [
  'content-type',
  'content-length',
  'cache-control',
  'content-security-policy',
  'cross-origin-resource-policy',
  'access-control-allow-origin',
  'x-content-type-options',
  'referrer-policy',
  'accept-ranges',
  'last-modified',
];

function withBucket(bucket: S3Store | undefined) {
  return bucket === undefined ? {} : { bucket };
}

/** Uploads a picture. @returns the path of its URL. */
async function uploadedPath(server: BehindNginx, user = 'alice'): Promise<string> {
  const { data } = await upload(server, await pictureFile('photo.webp'), {}, await signedIn(user));
  const url = data?.uploadProfilePicture.profilePicture?.url as string;
  expect(url.startsWith(`${server.url}/static/pictures/`)).toBe(true);
  return new URL(url).pathname;
}

/** Requests a path unchanged. fetch would normalize it. */
async function ask(server: BehindNginx, path: string, headers = '', method = 'GET'): Promise<WireResponse> {
  using wire = await openWire(server.nginx.url);
  await wire.send(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}\r\n`);
  return await wire.response();
}

async function behindNginxForTest(options: Parameters<typeof startBehindNginx>[0]): Promise<BehindNginx> {
  const server = await startBehindNginx(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

describe.each(VARIANTS)('A picture that nginx sends $where', ({ bucket }) => {
  let server: BehindNginx;
  let path: string;

  beforeAll(async () => {
    server = await startBehindNginx(withBucket(bucket()));
    path = await uploadedPath(server);
    // This also puts the picture into the cache.
    expect((await fetch(server.nginx.url + path)).status).toBe(200);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describePictureServing('like Portrait’s own', () => server.nginx.url + path);

  it('has the same bytes and headers as from Portrait, and is not compressed', async () => {
    const [own, nginx] = await Promise.all(
      [server.portraitUrl, server.nginx.url].map((url) =>
        fetch(url + path, { headers: { 'Accept-Encoding': 'gzip' } }),
      ),
    );
    const seen = (response?: Response) => PICTURE_HEADERS.map((name) => [name, response?.headers.get(name)]);
    expect(seen(nginx)).toEqual(seen(own));
    expect(nginx?.headers.get('Content-Encoding')).toBeNull();
    expect(nginx?.headers.get('X-Request-Id')).toBeNull();
    expect(await nginx?.bytes()).toEqual(await own?.bytes());
  });

  it('remains available when no instance responds, and other pictures fail with SERVER_BUSY', async () => {
    const alone = await behindNginxForTest(withBucket(bucket()));
    const kept = await uploadedPath(alone);
    expect((await ask(alone, kept)).status).toBe(200);
    await alone.portrait.end('SIGKILL');
    for (const [headers, status] of [
      ['', 200],
      ['Range: bytes=0-9\r\n', 206],
    ] as const) {
      expect((await ask(alone, kept, headers)).status).toBe(status);
    }
    const other = await ask(alone, `/static/pictures/00/00/pic_${'0'.repeat(32)}/64.webp`);
    expect([other.status, JSON.parse(other.body).errors[0].extensions]).toEqual([
      503,
      { code: 'SERVER_BUSY', retryAfter: 5 },
    ]);
    expect(other.headers['retry-after']).toBe('5');
  });
});

describe('The avatar of a user', () => {
  const CHROMIUM = 'Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r\n';

  it('comes from Portrait with its headers, and nginx caches none', async () => {
    const server = await behindNginxForTest({});
    const picture = await uploadedPath(server);
    for (const [accept, type] of [
      [CHROMIUM, 'image/webp'],
      ['Accept: image/*\r\n', 'image/jpeg'],
      [CHROMIUM, 'image/webp'],
    ] as const) {
      const { status, headers } = await ask(server, '/users/alice/avatar', accept);
      expect([status, headers]).toEqual([
        200,
        expect.objectContaining({
          'content-type': type,
          'cache-control': 'public, max-age=300, stale-while-revalidate=86400',
          'content-location':
            server.url + picture.replace('256.webp', type.replace('image/', '128.').replace('jpeg', 'jpg')),
          vary: 'Accept',
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
        }),
      ]);
      const condition = `${accept}If-None-Match: ${headers['etag']}\r\n`;
      expect((await ask(server, '/users/alice/avatar', condition)).status).toBe(304);
    }
    const replaced = await uploadedPath(server);
    const { headers } = await ask(server, '/users/alice/avatar?size=256', CHROMIUM);
    expect(headers['content-location']).toBe(server.url + replaced);
    expect((await ask(server, '/users/alice/avatar', '', 'OPTIONS')).status).toBe(204);
  });

  it('is found by every id, below a path too', async () => {
    const server = await behindNginxForTest({
      path: '/portrait',
      change: (config) => config.replace('location / {', 'location /portrait/ {'),
    });
    const ids = ['a/b', '/', '..', '.', '%2F', '100%', '\u5c71 +?#', '//x//', 'x/../y'];
    const document = 'query ($ids: [ID!]!) { users(ids: $ids) { stableAvatarUrl avatarUrl(format: JPEG) } }';
    const { data } = await query<{ users: { stableAvatarUrl: string; avatarUrl: string }[] }>(
      server,
      document,
      { ids },
    );
    expect(new Set(data?.users.map(({ avatarUrl }) => avatarUrl)).size).toBeGreaterThan(5);
    for (const [index, { stableAvatarUrl, avatarUrl }] of (data?.users ?? []).entries()) {
      const { status, headers } = await fetch(stableAvatarUrl);
      expect([ids[index], status, headers.get('Content-Location')]).toEqual([ids[index], 200, avatarUrl]);
    }
  });
});

describe('A path that does not name a picture', () => {
  it('gets Portrait’s 404, regardless of the files in the folder', async () => {
    const server = await behindNginxForTest({});
    const path = await uploadedPath(server);
    const folder = path.slice(0, path.lastIndexOf('/'));
    const storage = join(server.portrait.folder, 'pictures');
    const [first, second, picture] = folder.split('/').slice(3) as [string, string, string];
    await writeFile(join(server.portrait.folder, 'secret.txt'), 'secret');
    await writeFile(join(storage, '.hidden'), 'hidden');
    await mkdir(join(storage, '.staging/half'), { recursive: true });
    await writeFile(join(storage, '.staging/half/64.webp'), 'half');
    // Links with valid names that lead out of the folder.
    await symlink(
      join(server.portrait.folder, 'secret.txt'),
      join(storage, first, second, picture, '96.webp'),
    );
    expect((await ask(server, `${folder}/96.webp`)).status).toBe(404);
    await rename(join(storage, first), join(server.portrait.folder, 'moved'));
    expect((await ask(server, path)).status).toBe(404);
    await symlink(join(server.portrait.folder, 'moved'), join(storage, first));
    expect((await ask(server, path)).status).toBe(404);
    for (const hidden of [
      folder,
      `${folder}/`,
      '/static/pictures/../../secret.txt',
      '/static/pictures',
      '/static/pictures/',
      '/static/pictures/.hidden',
      '/static/pictures/%2ehidden',
      '/static/pictures/.staging/half/64.webp',
      '/static/pictures/%2e%2e/secret.txt',
      '/static/pictures/..%2fsecret.txt',
      '/static/pictures/..%5csecret.txt',
      '/static/pictures/%2e%2e%2fdata%2fportrait.db',
      `${path}.bak`,
      `${path}/`,
      `${path}%20`,
      '/static/pictures//etc/passwd',
      '/static/%2e%2e/package.json',
    ]) {
      const { status, body } = await ask(server, hidden);
      expect([status, body], hidden).toEqual([404, 'Not found. Check the URL.\n']);
    }
    // nginx itself rejects these.
    for (const broken of [`${path}%00.jpg`, `${path}%`]) {
      expect((await ask(server, broken)).status, broken).toBe(400);
    }
  });
});

describe('The cache for a bucket', () => {
  /** An hour is too long for a test. */
  const SHORT = {
    change: (config: string) => config.replace('proxy_cache_valid 200 1h', 'proxy_cache_valid 200 1s'),
  };

  it('has one entry for a picture, regardless of the query string', async () => {
    const server = await behindNginxForTest({ bucket: store });
    const path = await uploadedPath(server);
    for (const query of ['', '?a=1', '?a=2']) {
      expect((await ask(server, path + query)).status).toBe(200);
    }
    // The lines are in no particular order, because several worker processes write the log after their responses.
    await expect.poll(async () => (await cacheStatuses(server)).sort()).toEqual(['HIT', 'HIT', 'MISS']);
  });

  it('stops serving a picture that was removed', async () => {
    const server = await behindNginxForTest({ bucket: store, ...SHORT });
    const path = await uploadedPath(server);
    expect((await ask(server, path)).status).toBe(200);
    await query(
      server,
      'mutation { removeProfilePicture(permanently: true) { id } }',
      {},
      await signedIn('alice'),
    );
    await expect.poll(async () => (await ask(server, path)).status).toBe(404);
  });

  it('revalidates a picture, and serves the old one while the store or Portrait is unavailable', async () => {
    const proxy = await startFaultyProxy(store.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    // Otherwise Portrait would serve the picture from its own memory while the store is unavailable.
    const env = { S3_ENDPOINT: proxy.url, PICTURE_CACHE_BYTES: '0' };
    const server = await behindNginxForTest({ bucket: store, env, ...SHORT });
    const path = await uploadedPath(server);
    await ask(server, path);
    const until = (expected: string) =>
      expect
        .poll(async () => [(await ask(server, path)).status, (await cacheStatuses(server)).at(-1)])
        .toEqual([200, expected]);
    await until('REVALIDATED');
    await proxy.disconnect();
    await until('STALE');
    await proxy.reconnect();
    await until('REVALIDATED');
    await server.portrait.end('SIGKILL');
    await until('STALE');
  });
});

/** Returns the cache statuses of all requests for pictures, from nginx's log. */
async function cacheStatuses(server: BehindNginx): Promise<string[]> {
  const log = await server.nginx.accessLog();
  return [...log.matchAll(/"GET \/static\/pictures\/.* ([A-Z]+) \S+$/gm)].map(
    ([, status]) => status as string,
  );
}
