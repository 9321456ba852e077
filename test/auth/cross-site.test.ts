import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { UPLOAD } from '../support/graphql.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { BOUNDARY, openWire, preludeFor, requestHead } from '../support/wire.ts';

const ALLOWED = 'https://app.example';
const EVIL = 'https://evil.example';

const APP = 'capacitor://localhost';

let server: Portrait;
/** A server in demo mode, which allows every origin of this machine. */
let demo: Portrait;
let browser: Browser;

beforeAll(async () => {
  const env = { ALLOWED_ORIGINS: `${ALLOWED}, http://localhost:3000, ${APP}`, AUTH_SECRET: 'x'.repeat(48) };
  [server, demo, browser] = await Promise.all([startPortrait({ env }), startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
  await demo[Symbol.asyncDispose]();
});

/** Posts a query. In a header value, `own` stands for the server's own origin. */
async function post(headers: Record<string, string>, { url } = server) {
  using wire = await openWire(url);
  const { host, origin } = new URL(url);
  const body = '{"query":"{ __typename }"}';
  const all = { 'Content-Type': 'application/json', 'Content-Length': body.length, Host: host, ...headers };
  const lines = Object.entries(all).map(
    ([name, value]) => `${name}: ${String(value).replace('own', origin)}\r\n`,
  );
  await wire.send(`POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  const answer = await wire.response();
  return { ...answer, code: JSON.parse(answer.body).errors?.[0].extensions.code as string | undefined };
}

describe('A request that can change data', () => {
  it.for<{ why: string; headers: Record<string, string> }>([
    { why: 'has neither Sec-Fetch-Site nor Origin', headers: {} },
    { why: 'is same-origin', headers: { 'Sec-Fetch-Site': 'same-origin', Origin: 'own' } },
    { why: 'was started by the user, not by a page', headers: { 'Sec-Fetch-Site': 'none' } },
    {
      why: 'is same-origin, although the page hides its origin',
      headers: { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
    },
    { why: 'is same-origin and comes from an old browser', headers: { Origin: 'own' } },
    { why: 'comes from an allowed origin', headers: { 'Sec-Fetch-Site': 'cross-site', Origin: ALLOWED } },
    { why: 'comes from an allowed origin in an old browser', headers: { Origin: 'http://localhost:3000' } },
    { why: 'comes from an allowed app', headers: { 'Sec-Fetch-Site': 'cross-site', Origin: APP } },
    {
      why: 'comes from the public origin through a proxy that changed the Host header',
      headers: { Host: 'localhost', Origin: 'own' },
    },
  ])('passes if it $why', async ({ headers }) => {
    expect(await post(headers)).toMatchObject({ status: 200, code: undefined });
  });

  it.for<{ why: string; headers: Record<string, string> }>([
    { why: 'another site', headers: { 'Sec-Fetch-Site': 'cross-site', Origin: EVIL } },
    {
      why: 'another site that hides its origin',
      headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' },
    },
    { why: 'another site, without an Origin header', headers: { 'Sec-Fetch-Site': 'cross-site' } },
    {
      why: 'another host of the same site',
      headers: { 'Sec-Fetch-Site': 'same-site', Origin: 'https://other.app.example' },
    },
    { why: 'another site, in an old browser', headers: { Origin: EVIL } },
    { why: 'a page with a hidden origin, in an old browser', headers: { Origin: 'null' } },
    { why: 'another port', headers: { Origin: 'http://127.0.0.1:1' } },
    { why: 'an allowed host over another scheme', headers: { Origin: 'http://app.example' } },
    {
      why: 'a host whose name starts with that of an allowed host',
      headers: { Origin: `${ALLOWED}.evil.example` },
    },
    { why: 'an app with an allowed scheme', headers: { Origin: 'capacitor://evil' } },
    {
      why: 'an app with the host of the server',
      headers: { Host: 'localhost', Origin: 'ionic://localhost' },
    },
    {
      why: 'a client with an invalid Sec-Fetch-Site',
      headers: { 'Sec-Fetch-Site': 'same-origin, cross-site' },
    },
  ])('is rejected if it comes from $why', async ({ headers }) => {
    expect(await post(headers)).toMatchObject({ status: 403, code: 'CROSS_SITE_REQUEST' });
  });

  it.for([
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json',
  ])('is rejected whatever its media type is: %s', async (type) => {
    const answer = await post({ 'Content-Type': type, 'Sec-Fetch-Site': 'cross-site', Origin: EVIL });
    expect(answer).toMatchObject({ status: 403, code: 'CROSS_SITE_REQUEST' });
  });

  it.for([
    ['its origin is visible', { Origin: EVIL }, 'ALLOWED_ORIGINS'],
    [
      'its browser states only that it is another site',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' },
      'A page of another site sent this request, and it hides its origin. Serve the page from a web server,',
    ],
    [
      'its browser states nothing, as over plain HTTP',
      { Origin: 'null' },
      'The page that sent this request hides its origin, so it may belong to another site. Serve',
    ],
  ] as const)('is rejected with a remedy that fits if %s', async ([_if, headers, sentence]) => {
    expect(JSON.parse((await post(headers)).body).errors[0].message).toContain(sentence);
  });

  it('is rejected before its body is read', async () => {
    using wire = await openWire(server.url);
    const head = requestHead({ 'Content-Length': 5_000_000, Origin: EVIL });
    await wire.send(`${head}${preludeFor(UPLOAD)}--${BOUNDARY}\r\n`);
    expect((await wire.response()).status).toBe(403);
  });
});

describe('Demo mode', () => {
  it.for<Record<string, string>>([
    { Origin: 'http://localhost:3000' },
    { Origin: 'http://127.0.0.1:1', 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://app.localhost:5173', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'http://[::1]:8080', 'Sec-Fetch-Site': 'cross-site' },
  ])('lets pages of every port of this machine change data and read responses: %j', async (headers) => {
    const answer = await post(headers, demo);
    expect(answer).toMatchObject({ status: 200, code: undefined });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': headers['Origin'],
      'access-control-allow-credentials': 'true',
    });
  });

  it.for<Record<string, string>>([
    { Origin: EVIL },
    { Origin: 'http://localhost.evil.example:3000' },
    { Origin: APP },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
  ])('rejects all other pages: %j', async (headers) => {
    const answer = await post(headers, demo);
    expect(answer).toMatchObject({ status: 403, code: 'CROSS_SITE_REQUEST' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('lets a page of another port use the API in Chromium, with cookies', async () => {
    const page = await browser.newPage();
    await page.goto(await pageOnLocalhost());
    const result = await page.evaluate(async (url) => {
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        credentials: 'include',
        headers: { 'Content-Type': 'application/json', Authorization: 'Bearer x' },
        body: '{"query":"mutation { removeProfilePicture { id } }"}',
      });
      return await answer.json();
    }, demo.url);
    expect(result).toEqual({ data: { removeProfilePicture: { id: 'demo' } } });
    await page.close();
  });
});

it('The server logs the origins of rejected requests, and of requests that browsers do not finish', async () => {
  const url = `${demo.url}/graphql`;
  const preflight = { 'Access-Control-Request-Method': 'POST' };
  await post({ Origin: 'http://localhost:3000' }, demo);
  await post({ Origin: 'own' }, demo);
  await fetch(url, { method: 'OPTIONS', headers: { ...preflight, Origin: 'https://preflight.example' } });
  await fetch(`${url}?query={__typename}`, { headers: { Origin: 'https://get.example' } });
  await post({ Origin: 'https://post.example' }, demo);
  const logged = () => [...demo.log().matchAll(/"origin":"([^"]+)"/g)].map(([, origin]) => origin);
  const rejected = ['https://preflight.example', 'https://get.example', 'https://post.example'];
  await expect.poll(logged).toEqual(expect.arrayContaining(rejected));
  expect(logged()).not.toContain('http://localhost:3000');
  expect(logged()).not.toContain(demo.url);
});

describe('CORS', () => {
  it('lets pages of an allowed origin read responses and errors, with cookies', async () => {
    const { headers } = await post({ Origin: ALLOWED, 'Sec-Fetch-Site': 'cross-site' });
    expect(headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, X-Request-Id',
    });
    const refused = await post({ Origin: ALLOWED, 'Content-Type': 'text/plain' });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([415, ALLOWED]);
  });

  it.for([EVIL, 'null'])('sends no CORS headers to the origin %s', async (origin) => {
    const answers = [
      await fetch(`${server.url}/graphql?query={__typename}`, { headers: { Origin: origin } }),
      await fetch(`${server.url}/graphql`, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      }),
    ];
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('answers the preflight request of an allowed origin', async () => {
    const { status, headers } = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        Origin: ALLOWED,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    });
    expect([status, headers.get('Access-Control-Allow-Headers')]).toEqual([
      204,
      'authorization,content-type',
    ]);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(ALLOWED);
  });
});

describe('Chromium', () => {
  it('lets scripts of another site read pictures and their errors, whatever headers they send', async () => {
    const page = await browser.newPage();
    await page.goto(await pageOnLocalhost());
    const statuses = await page.evaluate(async (url) => {
      const paths = ['/initials/128/7/JD.svg', '/static/pictures/nothing'];
      const headers = { Authorization: 'Bearer x', 'X-Requested-With': 'x', Range: 'bytes=0-9' };
      return Promise.all(paths.map(async (path) => (await fetch(url + path, { headers })).status));
    }, server.url);
    expect(statuses).toEqual([200, 404]);
    await page.close();
  });

  it('cannot make the server accept a form or a script request from another origin', async () => {
    const page = await browser.newPage();
    const other = await pageOnLocalhost();
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url() === `${server.url}/graphql`) {
        statuses.push(response.status());
      }
    });
    for (const enctype of ['multipart/form-data', 'text/plain', 'application/x-www-form-urlencoded']) {
      await page.goto(other);
      await page.setContent(
        `<form method="post" action="${server.url}/graphql" enctype="${enctype}"><input name="operations" value='{"query":"mutation { removeProfilePicture { id } }"}'><button>Go</button></form>`,
      );
      await page.getByRole('button').click();
      await page.waitForURL(`${server.url}/graphql`);
    }
    await page.goto(other);
    await page.evaluate(
      `fetch(${JSON.stringify(`${server.url}/graphql`)}, { method: 'POST', mode: 'no-cors', body: '{}' })`,
    );
    expect(statuses).toEqual([403, 403, 403, 403]);
    await page.close();
  });
});

/** Starts another server on localhost, with an empty page, for the current test. @returns its URL. */
async function pageOnLocalhost(): Promise<string> {
  const other = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end());
  other.listen(0, 'localhost');
  onTestFinished(() => {
    other.closeAllConnections();
    other.close();
  });
  await once(other, 'listening');
  return `http://localhost:${(other.address() as AddressInfo).port}`;
}
