import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';

let server: Portrait;
/** Of a picture that is there. */
let picture: string;

beforeAll(async () => {
  server = await startPortrait();
  picture = new URL((await uploaded(server, await pictureFile('photo.webp'))).profilePicture.url).pathname;
});
afterAll(() => server[Symbol.asyncDispose]());

interface Asked {
  readonly what: string;
  readonly path: string | (() => string);
  readonly init?: RequestInit;
  readonly status: number;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

const ASKED: readonly Asked[] = [
  { what: 'the page', path: '/', status: 200 },
  { what: 'GraphiQL', path: '/graphql', init: { headers: { Accept: 'text/html' } }, status: 200 },
  { what: 'a query', path: '/graphql?query={viewer{id}}', status: 200 },
  {
    what: 'a document that is none',
    path: '/graphql',
    init: { method: 'POST', headers: JSON_TYPE, body: '{"query":"{"}' },
    status: 400,
  },
  {
    what: 'a request of another site',
    path: '/graphql',
    init: { method: 'POST', headers: { ...JSON_TYPE, Origin: 'https://evil.example' }, body: '{}' },
    status: 403,
  },
  { what: 'a method that does not fit', path: '/graphql', init: { method: 'PUT' }, status: 405 },
  { what: 'a picture', path: () => picture, status: 200 },
  {
    what: 'a part of a picture',
    path: () => picture,
    init: { headers: { Range: 'bytes=0-9' } },
    status: 206,
  },
  { what: 'a picture that is not there', path: '/static/pictures/a.webp', status: 404 },
  { what: 'the stylesheet', path: '/static/style.css', status: 200 },
  { what: 'a script of the page', path: '/static/page/page.js', status: 200 },
  { what: 'initials', path: '/initials/64/0/A.svg', status: 200 },
  { what: 'nothing', path: '/nowhere', status: 404 },
  { what: 'health', path: '/health', status: 200 },
  { what: 'readiness', path: '/ready', status: 200 },
];

describe('Every answer', () => {
  it.for(ASKED)(
    'has the headers that protect whoever reads it, and tells no version: $what',
    async (asked) => {
      const path = typeof asked.path === 'string' ? asked.path : asked.path();
      const { status, headers } = await fetch(server.url + path, asked.init ?? {});
      expect(status).toBe(asked.status);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      // The page's own forms say where they come from, which browsers without Sec-Fetch-Site need.
      expect(headers.get('Referrer-Policy')).toBe(path === '/' ? 'same-origin' : 'no-referrer');
      const policy = headers.get('Content-Security-Policy') as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/script-src[^;]*('unsafe|https?:|\*)/);
      expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('Strict-Transport-Security')).toBeNull();
      const named = [...headers].filter(
        ([name, value]) => /^(server|x-powered-by|via)$/.test(name) || /yoga|node/i.test(value),
      );
      expect(named).toEqual([]);
    },
  );

  it('keeps browsers on HTTPS if the public URL is an HTTPS one', async () => {
    const port = await findFreePort();
    await portraitForTest({ env: { PORT: String(port), PUBLIC_URL: 'https://localhost' } });
    for (const path of ['/', '/graphql?query={viewer{id}}', '/static/style.css', '/nowhere']) {
      const { headers } = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
    }
  });
});
