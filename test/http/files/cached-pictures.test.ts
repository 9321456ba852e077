import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describePictureServing, describeRanges } from '../../contract/picture-serving.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { query, uploaded } from '../../support/graphql.ts';
import { pictureFile } from '../../support/pictures.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';
import { environmentOfS3, type S3Store, startS3Store } from '../../support/s3-store.ts';
import { openWire, type Wire } from '../../support/wire.ts';

let store: S3Store;
let proxy: FaultyProxy;
let portrait: Portrait;
/** URL of a picture that is in memory, unless the tests take longer than it stays there. */
let url: string;

beforeAll(async () => {
  store = await startS3Store();
  proxy = await startFaultyProxy(store.endpoint);
  const prefix = `tests/${randomBytes(8).toString('hex')}`;
  portrait = await startPortrait({ env: environmentOfS3(store, { prefix, proxy }) });
  url = await cachedPicture();
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(async () => {
  await portrait[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const newPicture = async () =>
  (await uploaded(portrait, await pictureFile('photo.webp'))).profilePicture.webp;

/** Uploads a picture, and brings it into memory by a second request. @returns its URL. */
async function cachedPicture(): Promise<string> {
  const picture = await newPicture();
  await get(picture);
  await get(picture);
  return picture;
}

/** Opens a connection, and waits until the server has accepted it. */
async function openAccepted(): Promise<Wire> {
  const wire = await openWire(portrait.url);
  await wire.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await wire.response();
  return wire;
}

/** Sends a request as a browser does, and reads the response. */
async function get(target: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(target, { method, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
}

/** Returns the store's reads since an earlier state. Deletions of evicted pictures run in the background. */
const readsSince = (before: number) => proxy.requests.slice(before).filter(({ method }) => method !== 'POST');

describePictureServing('A picture of a bucket in memory', () => url);
describeRanges('A picture of a bucket in memory', () => url);

describe('A picture in memory', () => {
  it('needs no request to the store, whatever the method, range and conditions', async () => {
    const own = await cachedPicture();
    const { headers, body } = await get(own);
    const etag = headers.get('ETag') as string;
    const before = proxy.requests.length;
    for (const [method, header, status] of [
      ['GET', {}, 200],
      ['HEAD', {}, 200],
      ['GET', { Range: 'bytes=10-19' }, 206],
      ['GET', { Range: 'bytes=9999999-' }, 416],
      ['GET', { 'If-None-Match': etag }, 304],
      ['HEAD', { 'If-None-Match': etag }, 304],
      ['GET', { 'If-Match': '"another"' }, 412],
    ] as const) {
      expect((await get(own, header, method)).status, `${method} ${JSON.stringify(header)}`).toBe(status);
    }
    // Other spellings lead to the same picture.
    for (const spelling of [`${own}?x=1`, own.replace('pic_', '%70ic_')]) {
      expect((await get(spelling)).body).toEqual(body);
    }
    expect(readsSince(before)).toEqual([]);
  });

  it('has an entity tag of its ID, size and format', async () => {
    const id = /pic_[0-9a-f]{32}/.exec(url)?.[0];
    expect((await get(url)).headers.get('ETag')).toBe(`"${id}-512.webp"`);
  });

  it('has the same headers as a picture from the store', async () => {
    const own = await newPicture();
    const fromStore = await get(own);
    await get(own);
    const fromMemory = await get(own);
    const headersOf = ({ headers }: typeof fromMemory) => ({
      ...Object.fromEntries(headers),
      date: headers.has('Date'),
    });
    expect(headersOf(fromMemory)).toEqual(headersOf(fromStore));
    expect(headersOf(fromMemory)).toMatchObject({ date: true, 'content-type': 'image/webp' });
    expect(fromMemory.body).toEqual(fromStore.body);
  });

  it('is not sent again if a script has it: fetch adds Cache-Control: no-cache to If-None-Match', async () => {
    const etag = (await get(url)).headers.get('ETag') as string;
    const headers = { 'If-None-Match': etag, 'Cache-Control': 'no-cache', Pragma: 'no-cache' };
    expect((await get(url, headers)).status).toBe(304);
  });

  it('is sent only to requests that the server accepts', async () => {
    const { pathname } = new URL(await cachedPicture());
    for (const [head, status] of [
      [`GET ${pathname} HTTP/1.1\r\nHost: rebound.example\r\n`, 403],
      [`GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n`, 400],
      [`GET ${pathname} HTTP/1.1\r\n`, 400],
      [`GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked\r\n`, 501],
      [`DELETE ${pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n`, 405],
      [`GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n`, 200],
    ] as const) {
      using wire = await openWire(portrait.url);
      await wire.send(`${head}\r\n`);
      expect((await wire.response()).status, head).toBe(status);
    }
  });

  it('is sent to a request with a body, and the next request of the connection is understood', async () => {
    const { pathname } = new URL(await cachedPicture());
    using wire = await openWire(portrait.url);
    const head = `GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
    await wire.send(
      `${head}Content-Length: 4\r\n\r\nbody${head}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    );
    await wire.send(`${head}\r\n`);
    for (let request = 0; request < 3; request += 1) {
      expect((await wire.response()).status).toBe(200);
    }
  });
});

describe('When the store is unavailable', () => {
  it('pictures in memory are served, other reads and /ready fail, and only they are logged', async () => {
    // An upload would make the server delete an old picture in the background, which also fails and is logged.
    await get(url);
    await get(url);
    const other = url.replace('512.webp', '256.webp');
    const log = portrait.logWithoutAudit();
    await proxy.disconnect();
    try {
      for (let request = 0; request < 5; request += 1) {
        expect((await get(url)).status).toBe(200);
      }
      expect(portrait.logWithoutAudit()).toBe(log);
      const missed = await get(other);
      expect([missed.status, missed.headers.get('Retry-After'), missed.headers.get('Cache-Control')]).toEqual(
        [503, '2', 'no-store'],
      );
      await expect.poll(async () => (await get(`${portrait.url}/ready`)).status).toBe(503);
      expect((await get(`${portrait.url}/health`)).status).toBe(200);
    } finally {
      await proxy.reconnect();
    }
    await expect.poll(async () => (await get(other)).status).toBe(200);
  });
});

describe('A picture that is missing in memory', () => {
  it('and in the store gets 404 after a single request to the store', async () => {
    const missing = url.replace('512.webp', '513.webp');
    const before = proxy.requests.length;
    const { status, headers } = await get(missing);
    expect([status, headers.has('X-Request-Id')]).toEqual([404, true]);
    expect(readsSince(before)).toHaveLength(1);
  });

  it('is read once for requests at once, and a disconnected client does not end the reading of the others', async () => {
    const own = await newPicture();
    const begin = Promise.withResolvers<void>();
    const before = proxy.requests.length;
    proxy.fault = async () => {
      await begin.promise;
      return undefined;
    };
    const head = `GET ${new URL(own).pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    const [left, ...others] = await Promise.all(Array.from({ length: 6 }, () => openAccepted()));
    for (const wire of [left, ...others]) {
      await wire?.send(head);
    }
    // All requests have arrived before the second of these is handled.
    await get(`${portrait.url}/health`);
    await get(`${portrait.url}/health`);
    left?.[Symbol.dispose]();
    await get(`${portrait.url}/health`);
    begin.resolve();
    for (const wire of others) {
      expect((await wire.response()).status).toBe(200);
      wire[Symbol.dispose]();
    }
    expect(readsSince(before)).toHaveLength(1);
  });
});

describe('A picture in memory that its user', () => {
  it('replaces is served under its own URL only', async () => {
    const own = await cachedPicture();
    const first = await get(own);
    const replacement = await newPicture();
    expect(replacement).not.toBe(own);
    const second = await get(replacement);
    expect(second.headers.get('ETag')).not.toBe(first.headers.get('ETag'));
    // A replaced picture stays in the trash, where it can be restored.
    expect((await get(own)).body).toEqual(first.body);
  });

  it('deletes permanently returns 404 as soon as the mutation has responded', async () => {
    const own = await newPicture();
    const files = [own, own.replace('512.webp', '64.webp'), own.replace('512.webp', '64.jpg')];
    for (const file of [...files, ...files, ...files]) {
      expect((await get(file)).status).toBe(200);
    }
    const { errors } = await query(portrait, 'mutation { removeProfilePicture(permanently: true) { id } }');
    expect(errors).toBeUndefined();
    for (const file of [...files, `${own}?x=1`]) {
      expect((await get(file, { 'If-None-Match': '*' })).status).toBe(404);
    }
  });
});
