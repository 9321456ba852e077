import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAssetServer } from '../../../src/http/files/asset-server.ts';
import { compressFiles } from '../../../src/web/compress-files.ts';
import { writeHashed } from '../../../src/web/hashed-files.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const SCRIPT = Array.from({ length: 5_000 }, (_, index) => `console.log(${index});`).join('\n');
const IMMUTABLE = 'public, max-age=31536000, immutable';

let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
let server: Server;
/** URLs of a script with compressed files, of a file without a brotli file, and of one with no compressed file. */
let script: string;
let withoutBrotli: string;
let tiny: string;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  const names = [
    await writeHashed(folder.path, 'page.js', SCRIPT),
    await writeHashed(folder.path, 'style.css', 'main { color: red; }\n'.repeat(100)),
    await writeHashed(folder.path, 'tiny.css', 'a{}'),
  ];
  await compressFiles(folder.path, names);
  await rm(join(folder.path, `${names[1]}.br`));
  await writeFile(join(folder.path, 'page.js'), SCRIPT);
  await writeFile(join(folder.path, 'stable.js'), SCRIPT);
  const serve = createAssetServer({
    root: folder.path,
    stableNames: ['stable.js'],
    headersOf: () => ({ 'X-Extra': 'extra' }),
  });
  server = createServer((incoming, response) => serve(incoming, response, incoming.url?.slice(1) ?? ''));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  [script = '', withoutBrotli = '', tiny = ''] = names.map((name) => `${base}/${name}`);
});
afterAll(async () => {
  server.close();
  await folder[Symbol.asyncDispose]();
});

/** Sends a request without the headers that fetch adds. */
async function send(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const outgoing = request(url, { agent: false, method, headers }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const DECODE: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  identity: (body) => body,
};
const ENCODINGS = Object.keys(DECODE);

describe('A built file', () => {
  it.for(ENCODINGS)('is immutable, and HEAD and 304 have the headers of GET: %s', async (encoding) => {
    const accept = { 'Accept-Encoding': encoding };
    const get = await send(script, accept);
    expect([get.status, get.headers['content-encoding'] ?? 'identity']).toEqual([200, encoding]);
    expect(DECODE[encoding]?.(get.body).toString()).toBe(SCRIPT);
    expect(get.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': String(get.body.length),
      'cache-control': IMMUTABLE,
      vary: 'Accept-Encoding',
      'x-extra': 'extra',
    });
    expect(get.headers).not.toHaveProperty('last-modified');
    const head = await send(script, accept, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    const unchanged = await send(script, { ...accept, 'If-None-Match': get.headers.etag as string });
    expect([unchanged.status, unchanged.body.length]).toEqual([304, 0]);
    expect(unchanged.headers).toMatchObject({
      etag: get.headers.etag,
      'cache-control': IMMUTABLE,
      vary: 'Accept-Encoding',
      'x-extra': 'extra',
    });
  });

  it('has a strong ETag for each encoding, which matches no other encoding', async () => {
    const etags = await Promise.all(
      ENCODINGS.map(async (encoding) => (await send(script, { 'Accept-Encoding': encoding })).headers.etag),
    );
    expect(new Set(etags).size).toBe(3);
    for (const etag of etags) {
      expect(etag).toMatch(/^"[^"]+"$/);
      const statuses = ENCODINGS.map(
        async (encoding) =>
          (await send(script, { 'Accept-Encoding': encoding, 'If-None-Match': etag as string })).status,
      );
      expect((await Promise.all(statuses)).toSorted()).toEqual([200, 200, 304]);
    }
  });

  it('is sent in ranges of the encoded file, which only a client with the same encoding can continue', async () => {
    const whole = await send(script, { 'Accept-Encoding': 'br' });
    const resumed = { Range: 'bytes=100-', 'If-Range': whole.headers.etag as string };
    const rest = await send(script, { 'Accept-Encoding': 'br', ...resumed });
    expect([rest.status, rest.headers['content-encoding']]).toEqual([206, 'br']);
    expect(rest.headers['content-range']).toBe(`bytes 100-${whole.body.length - 1}/${whole.body.length}`);
    expect(Buffer.concat([whole.body.subarray(0, 100), rest.body])).toEqual(whole.body);
    expect((await send(script, { 'Accept-Encoding': 'gzip', ...resumed })).status).toBe(200);
  });

  it('is sent in the best existing encoding that the client accepts, or else not at all', async () => {
    const encodingOf = async (url: string, accept: string) =>
      (await send(url, { 'Accept-Encoding': accept })).headers['content-encoding'];
    expect(await encodingOf(withoutBrotli, 'gzip, br')).toBe('gzip');
    expect(await encodingOf(withoutBrotli, 'br')).toBeUndefined();
    expect(await encodingOf(tiny, 'gzip, br')).toBeUndefined();
    for (const [url, accept] of [
      [script, 'identity;q=0'],
      [withoutBrotli, 'br, identity;q=0'],
      [tiny, 'br, gzip, *;q=0'],
    ] as const) {
      const { status, headers } = await send(url, { 'Accept-Encoding': accept });
      expect([status, headers.vary, headers['cache-control']]).toEqual([406, 'Accept-Encoding', 'no-store']);
    }
  });

  it('without a hash in its name is cached for five minutes, and its ETag follows its content', async () => {
    const url = new URL('/stable.js', script).href;
    const before = await send(url);
    expect([before.status, before.headers['cache-control']]).toEqual([200, 'public, max-age=300']);
    expect(before.body.toString()).toBe(SCRIPT);
    const condition = { 'If-None-Match': before.headers.etag as string };
    expect((await send(url, condition)).status).toBe(304);
    // Another content of the same size.
    await writeFile(join(folder.path, 'stable.js'), SCRIPT.replace(/^./, 'X'));
    const after = await send(url, condition);
    expect([after.status, after.body.length]).toEqual([200, SCRIPT.length]);
  });

  it('is found only by its whole name', async () => {
    const { pathname, origin } = new URL(script);
    const paths = ['/page.js', `${pathname}.br`, `/graphiql${pathname}`, '/page-00000000.js', '/%', '/'];
    for (const path of [...paths, `/graphiql%2f..%2f${pathname.slice(1)}`]) {
      const { status, headers } = await send(origin + path);
      expect([status, headers['cache-control']], path).toEqual([404, 'no-store']);
    }
    expect((await send(script, {}, 'POST')).status).toBe(405);
  });
});
