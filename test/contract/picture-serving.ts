import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

interface FileResponse {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends a request. Does not use fetch, which adds `Cache-Control: no-cache` to conditional requests. Opens a new
 * connection, because nginx closes a connection after a 412 without announcing it.
 */
async function send(url: string, headers: Record<string, string>, method = 'GET'): Promise<FileResponse> {
  const outgoing = request(url, { agent: false, method, headers }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

/**
 * Registers the tests of `Range` (RFC 9110, 14) that Portrait's own file servers must pass. nginx behaves differently.
 * @param url returns the URL of a picture's file. Tests call it when they run.
 */
export function describeRanges(name: string, url: () => string): void {
  describe(name, () => {
    it.for(['bytes=1e2-', 'bytes=0x1-3', 'bytes=+1-3', 'bytes=5-3', 'bytes=-', 'bytes=1-2-3'])(
      'is sent whole if the range is invalid: %s',
      async (range) => {
        expect((await send(url(), { Range: range })).status).toBe(200);
      },
    );

    it.for([8, 20, 400])(
      'is sent whole for a suffix longer than the file, and not at all for a range after its end: %i digits',
      async (digits) => {
        const bytes = '9'.repeat(digits);
        const { body: whole } = await send(url(), {});
        const suffix = await send(url(), { Range: `bytes=-${bytes}` });
        expect([suffix.status, suffix.headers['content-range']]).toEqual([
          206,
          `bytes 0-${whole.length - 1}/${whole.length}`,
        ]);
        expect(suffix.body).toEqual(whole);
        const beyond = await send(url(), { Range: `bytes=${bytes}-` });
        expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${whole.length}`]);
      },
    );

    it('is not sent for a range of 0 bytes', async () => {
      expect((await send(url(), { Range: 'bytes=-0' })).status).toBe(416);
    });

    it('is sent in part only if If-Range has its entity tag, and that tag is strong', async () => {
      const { headers } = await send(url(), {});
      const etag = headers.etag as string;
      const isWeak = etag.startsWith('W/');
      for (const [ifRange, status] of [
        [etag, isWeak ? 200 : 206],
        [`W/${etag.replace('W/', '')}`, 200],
        [etag.replace('W/', ''), isWeak ? 200 : 206],
        [`"another", ${etag}`, 200],
      ] as const) {
        expect((await send(url(), { Range: 'bytes=0-9', 'If-Range': ifRange })).status, ifRange).toBe(status);
      }
    });

    it('is sent in part only if If-Range has its date', async () => {
      const modified = (await send(url(), {})).headers['last-modified'] as string;
      const later = new Date(Date.parse(modified) + 1000).toUTCString();
      expect((await send(url(), { Range: 'bytes=0-9', 'If-Range': modified })).status).toBe(206);
      expect((await send(url(), { Range: 'bytes=0-9', 'If-Range': later })).status).toBe(200);
    });

    it('is described as a whole in the response to HEAD, even with a Range', async () => {
      const { status, headers } = await send(url(), { Range: 'bytes=0-9' }, 'HEAD');
      expect([status, headers['content-range']]).toEqual([200, undefined]);
    });
  });
}

/**
 * Registers the tests that every way to serve pictures must pass.
 * @param url returns the URL of a picture's file. Tests call it when they run.
 */
export function describePictureServing(name: string, url: () => string): void {
  const ask = (headers: Record<string, string> = {}, method = 'GET') => send(url(), headers, method);
  const statusOf = async (headers: Record<string, string>) => (await ask(headers)).status;

  /** Returns the headers that identify the file's version. */
  async function validators(): Promise<{ etag: string; modified: string }> {
    const { headers } = await ask();
    return { etag: headers.etag as string, modified: headers['last-modified'] as string };
  }

  describe(name, () => {
    it('is served with its media type, as immutable, and without permission to run scripts', async () => {
      const { headers } = await ask();
      expect(headers).toMatchObject({
        'content-type': 'image/webp',
        'content-length': expect.stringMatching(/^\d+$/),
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining('sandbox'),
        'cross-origin-resource-policy': 'cross-origin',
        'access-control-allow-origin': '*',
        'accept-ranges': 'bytes',
        etag: expect.stringMatching(/^(W\/)?"[^"]+"$/),
        'last-modified': expect.stringMatching(/ GMT$/),
      });
    });

    it('is not sent again to clients that have it', async () => {
      const { etag, modified } = await validators();
      for (const header of [
        { 'If-None-Match': etag },
        // Proxies that compress weaken the tag.
        { 'If-None-Match': `W/${etag.replace('W/', '')}` },
        { 'If-None-Match': `"another", ${etag}` },
        { 'If-None-Match': '*' },
        { 'If-Modified-Since': modified },
        { 'If-Modified-Since': new Date(Date.now() + 60_000).toUTCString() },
      ]) {
        const response = await ask(header);
        expect([response.status, response.body.length], JSON.stringify(header)).toEqual([304, 0]);
        expect(response.headers.etag).toBe(etag);
        expect(response.headers['cache-control']).toContain('immutable');
      }
    });

    it('is sent to clients that have another version', async () => {
      const { modified } = await validators();
      const before = new Date(Date.parse(modified) - 1000).toUTCString();
      expect(await statusOf({ 'If-None-Match': '"another"' })).toBe(200);
      expect(await statusOf({ 'If-Modified-Since': before })).toBe(200);
      expect(await statusOf({ 'If-Modified-Since': 'yesterday' })).toBe(200);
      // If-None-Match has precedence.
      expect(await statusOf({ 'If-None-Match': '"another"', 'If-Modified-Since': modified })).toBe(200);
    });

    it('is not sent if the request requires another version', async () => {
      const { modified } = await validators();
      const before = new Date(Date.parse(modified) - 1000).toUTCString();
      expect(await statusOf({ 'If-Match': '"another"' })).toBe(412);
      expect(await statusOf({ 'If-Unmodified-Since': before })).toBe(412);
      expect(await statusOf({ 'If-Match': '*' })).toBe(200);
      expect(await statusOf({ 'If-Unmodified-Since': modified })).toBe(200);
    });

    it('is sent in ranges', async () => {
      const { body: whole } = await ask();
      const { length } = whole;
      for (const { range, start, end } of [
        { range: 'bytes=10-19', start: 10, end: 20 },
        { range: 'bytes=0-0', start: 0, end: 1 },
        { range: 'bytes=100-', start: 100, end: length },
        { range: 'bytes=-7', start: length - 7, end: length },
        { range: `bytes=5-${length + 5}`, start: 5, end: length },
      ]) {
        const part = await ask({ Range: range });
        expect(part.status, range).toBe(206);
        expect(part.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${length}`);
        expect(part.headers['content-length']).toBe(String(end - start));
        expect(part.body).toEqual(whole.subarray(start, end));
      }
      const beyond = await ask({ Range: 'bytes=9999999-' });
      expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${length}`]);
    });

    it('is sent whole if the range is unsupported, or belongs to another version', async () => {
      for (const header of [
        { Range: 'lines=1-2' },
        { Range: 'bytes=0-1, 5-6' },
        { Range: 'bytes=0-9', 'If-Range': '"another"' },
        { Range: 'bytes=0-9', 'If-Range': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      ]) {
        expect(await statusOf(header), JSON.stringify(header)).toBe(200);
      }
      const { modified } = await validators();
      expect(await statusOf({ Range: 'bytes=0-9', 'If-Range': modified })).toBe(206);
    });

    it('lets scripts of other sites read its responses, and send any header', async () => {
      const { etag } = await validators();
      for (const [headers, method, status] of [
        [{}, 'HEAD', 200],
        [{ Range: 'bytes=0-9' }, 'GET', 206],
        [{ 'If-None-Match': etag }, 'GET', 304],
        [{}, 'POST', 405],
      ] as const) {
        const answer = await ask(headers, method);
        expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, '*']);
        expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin');
      }
      const preflight = {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization, x-custom',
        'Access-Control-Request-Private-Network': 'true',
      };
      const { status, headers } = await ask(preflight, 'OPTIONS');
      expect([status, headers]).toEqual([
        204,
        expect.objectContaining({
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET, HEAD',
          'access-control-allow-headers': '*, Authorization',
          'access-control-max-age': '86400',
        }),
      ]);
      expect(headers).not.toHaveProperty('access-control-allow-private-network');
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    });

    it('has no body in the response to HEAD, and accepts no methods except GET and HEAD', async () => {
      const [get, head] = await Promise.all([ask(), ask({}, 'HEAD')]);
      expect([head.status, head.body.length]).toEqual([200, 0]);
      for (const header of ['content-type', 'content-length', 'etag', 'last-modified', 'cache-control']) {
        expect(head.headers[header], header).toBe(get.headers[header]);
      }
      const { etag } = await validators();
      expect((await ask({ 'If-None-Match': etag }, 'HEAD')).status).toBe(304);
      const post = await ask({}, 'POST');
      expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
    });
  });
}
