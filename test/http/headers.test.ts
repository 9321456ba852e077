import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFile } from '../support/built-file.ts';
import { findFreePort } from '../support/free-port.ts';
import { uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { openWire } from '../support/wire.ts';

let server: Portrait;
/** Path of an existing picture. */
let picture: string;

beforeAll(async () => {
  server = await startPortrait();
  picture = new URL((await uploaded(server, await pictureFile('photo.webp'))).profilePicture.url).pathname;
});
afterAll(() => server[Symbol.asyncDispose]());

interface Case {
  readonly what: string;
  readonly path: string | (() => string);
  readonly init?: RequestInit;
  readonly status: number;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

const CASES: readonly Case[] = [
  { what: 'the page', path: '/', status: 200 },
  { what: 'GraphiQL', path: '/graphql', init: { headers: { Accept: 'text/html' } }, status: 200 },
  { what: 'a query', path: '/graphql?query={viewer{id}}', status: 200 },
  {
    what: 'an invalid document',
    path: '/graphql',
    init: { method: 'POST', headers: JSON_TYPE, body: '{"query":"{"}' },
    status: 400,
  },
  {
    what: 'a request from another site',
    path: '/graphql',
    init: { method: 'POST', headers: { ...JSON_TYPE, Origin: 'https://evil.example' }, body: '{}' },
    status: 403,
  },
  { what: 'a method that is not allowed', path: '/graphql', init: { method: 'PUT' }, status: 405 },
  { what: 'a picture', path: () => picture, status: 200 },
  {
    what: 'a range of a picture',
    path: () => picture,
    init: { headers: { Range: 'bytes=0-9' } },
    status: 206,
  },
  { what: 'a picture that does not exist', path: '/static/pictures/a.webp', status: 404 },
  { what: 'the stylesheet', path: '/static/style.css', status: 200 },
  { what: 'a script of the page', path: builtFile('page.js'), status: 200 },
  { what: 'initials', path: '/initials/64/0/A.svg', status: 200 },
  { what: 'an unknown path', path: '/nowhere', status: 404 },
  { what: 'health', path: '/health', status: 200 },
  { what: 'readiness', path: '/ready', status: 200 },
];

/** Returns the names of a response's CORS headers. */
const corsHeaders = ({ headers }: Response) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('Scripts of every site', () => {
  const NO_PICTURE = `/static/pictures/00/00/pic_${'0'.repeat(32)}/256.webp`;

  it.for([
    { path: '/initials/128/7/JD.svg', method: 'GET', status: 200 },
    { path: '/initials/128/7/JD.svg', method: 'OPTIONS', status: 204 },
    { path: '/initials/128/7/JD.svg', method: 'PUT', status: 405 },
    { path: '/initials/128/99/JD.svg', method: 'GET', status: 404 },
    { path: '/initials/nothing', method: 'OPTIONS', status: 204 },
    { path: NO_PICTURE, method: 'GET', status: 404 },
    { path: NO_PICTURE, method: 'HEAD', status: 404 },
    { path: NO_PICTURE, method: 'OPTIONS', status: 204 },
    { path: NO_PICTURE, method: 'DELETE', status: 405 },
    { path: '/static/pictures/%zz', method: 'GET', status: 404 },
  ])('can read the response to $method $path', async ({ path, method, status }) => {
    const answer = await fetch(server.url + path, { method });
    expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([status, '*']);
    expect(answer.headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
  });

  it.for([
    { headers: { 'If-Match': '"another"' }, status: 412 },
    { headers: { Range: 'bytes=9999999-' }, status: 416 },
  ])('can read the response to a picture’s request with $headers', async ({ headers, status }) => {
    const answer = await fetch(server.url + picture, { headers });
    expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([status, '*']);
  });

  it('can read the response to a picture’s request that is rejected before its path matters', async () => {
    using wire = await openWire(server.url);
    await wire.send(`GET ${NO_PICTURE} HTTP/1.1\r\nHost: a/b\r\n\r\n`);
    expect(await wire.response()).toMatchObject({
      status: 400,
      headers: { 'access-control-allow-origin': '*' },
    });
  });

  it.for([
    { path: '/', method: 'GET' },
    { path: '/', method: 'OPTIONS' },
    { path: '/graphql?query={viewer{id}}', method: 'GET' },
    { path: '/graphql', method: 'OPTIONS' },
    { path: '/static/style.css', method: 'GET' },
    { path: '/static/style.css', method: 'OPTIONS' },
    { path: '/static/page/page.js', method: 'GET' },
    { path: '/static/%70ictures/nothing', method: 'GET' },
    { path: '/health', method: 'OPTIONS' },
    { path: '/nowhere', method: 'GET' },
  ])('cannot read the response to $method $path', async ({ path, method }) => {
    const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' };
    const answer = await fetch(server.url + path, { method, headers });
    expect(corsHeaders(answer)).toEqual([]);
    expect(answer.headers.get('Cross-Origin-Resource-Policy')).toBeNull();
  });
});

describe('Every response', () => {
  it.for(CASES)(
    'has the security headers and reveals no version: $what',
    async ({ path: pathOrGetter, init = {}, status: expected }) => {
      const path = typeof pathOrGetter === 'string' ? pathOrGetter : pathOrGetter();
      const { status, headers } = await fetch(server.url + path, init);
      expect(status).toBe(expected);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      // Browsers without Sec-Fetch-Site must send an Origin with the page's forms. `no-referrer` would hide it.
      expect(headers.get('Referrer-Policy')).toBe(path === '/' ? 'same-origin' : 'no-referrer');
      const policy = headers.get('Content-Security-Policy') as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/script-src[^;]*('unsafe|https?:|\*)/);
      if (path === picture && status < 300) {
        // The log has no line about a picture that was sent.
        expect(headers.get('X-Request-Id')).toBeNull();
      } else {
        expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
      }
      expect(headers.get('Strict-Transport-Security')).toBeNull();
      const revealing = [...headers].filter(
        ([name, value]) => /^(server|x-powered-by|via)$/.test(name) || /yoga|node/i.test(value),
      );
      expect(revealing).toEqual([]);
    },
  );

  it('keeps browsers on HTTPS if the public URL uses HTTPS', async () => {
    const port = await findFreePort();
    await portraitForTest({ env: { PORT: String(port), PUBLIC_URL: 'https://localhost' } });
    for (const path of ['/', '/graphql?query={viewer{id}}', '/static/style.css', '/nowhere']) {
      const { headers } = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
    }
  });
});
