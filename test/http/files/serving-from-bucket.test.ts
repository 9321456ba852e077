import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../../src/http/files/pictures-in-memory.ts';
import { describePictureServing, describeRanges } from '../../contract/picture-serving.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { uploaded } from '../../support/graphql.ts';
import { pictureFile } from '../../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../../support/portrait.ts';
import { environmentOfS3, type S3Store, startS3Store } from '../../support/s3-store.ts';
import { openWire } from '../../support/wire.ts';

let store: S3Store;
let proxy: FaultyProxy;
let portrait: Portrait;
let url: string;
let path: string;
/** URL of a file that is too large for memory. */
let largeUrl: string;

const prefix = `tests/${randomBytes(8).toString('hex')}`;

beforeAll(async () => {
  store = await startS3Store();
  proxy = await startFaultyProxy(store.endpoint);
  // These tests are about requests to the store. cached-pictures.test.ts has those of pictures in memory.
  const env = { ...environmentOfS3(store, { prefix, proxy }), PICTURE_CACHE_BYTES: '0' };
  portrait = await startPortrait({ env });
  url = (await uploaded(portrait, await pictureFile('photo.webp'))).profilePicture.webp;
  path = new URL(url).pathname;
  largeUrl = url.replace('512.webp', '999.webp');
  const key = new URL(largeUrl).pathname.replace('/static/pictures', prefix);
  await store.put(key, randomBytes(MAX_FILE_BYTES).toString('hex'));
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(async () => {
  await portrait[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

describePictureServing('A picture in a bucket', () => url);
describeRanges('A picture in a bucket', () => url);
describePictureServing('A large picture in a bucket', () => largeUrl);
describeRanges('A large picture in a bucket', () => largeUrl);

it('The avatar of a user is the picture in the bucket, whatever its size', async () => {
  const avatar = `${portrait.url}/users/demo/avatar?format=webp`;
  for (const [size, picture] of [
    ['512', url],
    ['128', url.replace('512.webp', '128.webp')],
  ] as const) {
    const [own, immutable] = await Promise.all([fetch(`${avatar}&size=${size}`), fetch(picture)]);
    expect([own.status, own.headers.get('Content-Location')]).toEqual([200, picture]);
    expect(await own.bytes()).toEqual(await immutable.bytes());
    const condition = { 'If-None-Match': own.headers.get('ETag') as string };
    expect((await fetch(`${avatar}&size=${size}`, { headers: condition })).status).toBe(304);
  }
  proxy.fault = () => ({ type: 'reject', status: 500, code: 'InternalError' });
  const failed = await fetch(avatar);
  expect([failed.status, failed.headers.get('Cache-Control')]).toEqual([503, 'no-store']);
});

describe('A path that is not a picture', () => {
  it('returns 404 without a request to the bucket', async () => {
    await store.put(`${prefix}/notes.txt`, 'secret');
    await store.put(`${prefix}s/notes.txt`, 'secret');
    const picture = path.slice('/static/pictures/'.length);
    const [folder, id] = [picture.slice(0, 5), picture.slice(6, 42)];
    const before = proxy.requests.length;
    for (const hidden of [
      '',
      'notes.txt',
      `${folder}/${id}`,
      `${folder}/${id}/`,
      `${folder}/${id}/.hidden`,
      `${folder}/${id}/64.svg`,
      `${folder}/${id}/64.webp/x`,
      `${folder}/${id}/../${id}/64.webp`,
      `00/00/${id}/64.webp`,
      `../${prefix}s/notes.txt`,
      '..%2f..%2fnotes.txt',
      `/${picture}`,
      `${picture}%00`,
      `${picture}%`,
      `${picture}%3Facl`,
      '%2e%2e/notes.txt',
    ]) {
      using wire = await openWire(portrait.url);
      await wire.send(`GET /static/pictures/${hidden} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      expect((await wire.response()).status, hidden).toBe(404);
    }
    expect(proxy.requests.slice(before)).toEqual([]);
  });

  it('returns 404 even if it has the form of a picture path', async () => {
    const other = url.replace(/pic_....(.{24})....\//, (name) => `${name.slice(0, -5)}0000/`);
    for (const method of ['GET', 'HEAD']) {
      expect((await fetch(other, { method })).status).toBe(404);
      expect((await fetch(other, { method, headers: { Range: 'bytes=0-1' } })).status).toBe(404);
    }
    expect((await fetch(url.replace('512.webp', '513.webp'))).status).toBe(404);
  });
});

describe('When the store fails', () => {
  it('with an internal error, the client gets 503 and Retry-After', async () => {
    for (const method of ['GET', 'HEAD']) {
      proxy.fault = () => ({ type: 'reject', status: 500, code: 'InternalError' });
      const answer = await fetch(url, { method });
      expect([answer.status, answer.headers.get('Retry-After'), answer.headers.get('Cache-Control')]).toEqual(
        [503, '2', 'no-store'],
      );
    }
    proxy.fault = () => undefined;
    expect((await fetch(url)).status).toBe(200);
  });

  it('because it denies access, the client gets 500 and only the log states the reason', async () => {
    proxy.fault = () => ({ type: 'reject', status: 403, code: 'AccessDenied' });
    const answer = await fetch(url);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('AccessDenied');
    await expect.poll(() => portrait.log()).toContain('AccessDenied');
  });

  it('in the middle of a picture, the client gets 503, and no part that could pass for a whole picture', async () => {
    proxy.fault = () => ({ type: 'cut-response' });
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '2']);
    await expect.poll(() => portrait.log()).toContain('A request to the bucket failed');
  });

  it('in the middle of a large picture, the response is aborted', async () => {
    proxy.fault = () => ({ type: 'cut-response' });
    const answer = await fetch(largeUrl);
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
    // Only the log can report this to the operator.
    const id = answer.headers.get('X-Request-Id') as string;
    await expect
      .poll(() =>
        portrait
          .log()
          .split('\n')
          .find((line) => line.includes(`"requestId":"${id}"`)),
      )
      .toContain('aborted');
  });
});

it('If a client disconnects, the request to the store is aborted and no error is logged', async () => {
  const log = portrait.logWithoutAudit();
  for (const type of ['hang', 'stall-response'] as const) {
    proxy.fault = () => ({ type });
    const index = proxy.requests.length;
    const wire = await openWire(portrait.url);
    // The second request waits for the first one.
    await wire.send(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(2));
    await expect.poll(() => proxy.requests.length).toBe(index + 1);
    wire[Symbol.dispose]();
    // This timeout is much shorter than the timeout of the request to the store.
    await expect.poll(() => proxy.requests[index]?.aborted, { timeout: 5_000 }).toBe(true);
  }
  proxy.fault = () => undefined;
  expect((await fetch(url)).status).toBe(200);
  expect(portrait.logWithoutAudit()).toBe(log);
});

it('With PICTURES_URL, pictures have URLs at the bucket’s own address, and their former URLs still work', async () => {
  // A separate database needs a separate prefix.
  const own = `${prefix}-public`;
  const address = `${store.endpoint}/${store.bucket}/${own}`;
  const server = await portraitForTest({
    env: { ...environmentOfS3(store, { prefix: own }), PICTURES_URL: `${address}/` },
  });
  const user = await uploaded(server, await pictureFile('photo.webp'));
  const picture = user.profilePicture;
  const key = picture.url.slice(address.length + 1);
  expect(picture.url).toMatch(new RegExp(`^${address}/../../pic_.{32}/256\\.webp$`));
  expect(user.avatarUrl.startsWith(`${address}/`)).toBe(true);
  // The bucket of a test is private, so only its owner can find the picture there.
  expect(await store.keys(`${own}/${key}`)).toHaveLength(1);
  // URLs from before the change still work.
  expect((await fetch(`${server.url}/static/pictures/${key}`)).status).toBe(200);
  for (const [method, accept, vary, query] of [
    ['GET', 'image/webp', 'Accept', ''],
    ['HEAD', 'image/webp', 'Accept', ''],
    ['GET', '*/*', null, '&format=webp'],
  ] as const) {
    const avatar = await fetch(`${server.url}/users/demo/avatar?size=256${query}`, {
      method,
      redirect: 'manual',
      headers: { Accept: accept },
    });
    expect([avatar.status, Object.fromEntries(avatar.headers)]).toEqual([
      302,
      expect.objectContaining({
        location: picture.url,
        'cache-control': 'public, max-age=300, stale-while-revalidate=86400',
        'access-control-allow-origin': '*',
      }),
    ]);
    expect(avatar.headers.get('Vary')).toBe(vary);
    expect(await avatar.text()).toBe('');
  }
  const initials = await fetch(`${server.url}/users/nobody/avatar`, { redirect: 'manual' });
  expect([initials.status, initials.headers.get('Content-Type')]).toEqual([200, 'image/png']);
  for (const page of ['/', '/graphql']) {
    const { headers } = await fetch(server.url + page, { headers: { Accept: 'text/html' } });
    expect(headers.get('Content-Security-Policy')).toContain(
      `img-src 'self' ${server.url} ${store.endpoint} data: blob:;`,
    );
  }
  const graphiql = await fetch(`${server.url}/graphql`, { headers: { Accept: 'text/html' } });
  expect(await graphiql.text()).toContain(`data-pictures-url="${address}"`);
});
