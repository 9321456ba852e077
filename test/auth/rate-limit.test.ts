import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multipartBody, query, upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { openWire, requestHead } from '../support/wire.ts';

const HOUR_S = 3600;
const MINUTE_S = 60;
const LIMIT = { AUTH_SECRET, REQUESTS_PER_MINUTE: '2', TRUST_PROXY: 'loopback', UPLOADS_PER_HOUR: '0' };

/** A server with a limit on requests, but not on uploads. Each test sends requests from its own addresses. */
let limited: Portrait;

beforeAll(async () => {
  limited = await startPortrait({ env: LIMIT });
});
afterAll(() => limited[Symbol.asyncDispose]());

describe('A user who exceeds the limit of uploads per hour', () => {
  it('is rejected before the file is read, and rejected files count, but other users and mutations pass', async () => {
    const server = await portraitForTest({ env: { AUTH_SECRET, UPLOADS_PER_HOUR: '2' } });
    const [alice, bob] = await Promise.all([signedIn('alice'), signedIn('bob')]);
    const picture = await pictureFile('photo.webp');
    expect((await upload(server, picture, {}, alice)).status).toBe(200);
    expect((await upload(server, await pictureFile('drawing.svg'), {}, alice)).status).toBe(415);

    // The last 1,000 bytes are announced but never sent: the response does not wait for them.
    using wire = await openWire(server.url);
    const { headers: multipart, bytes } = await encodeForm(multipartBody(picture));
    await wire.send(
      requestHead({
        ...alice,
        ...multipart,
        Accept: 'application/graphql-response+json',
        'Content-Length': bytes.length,
      }),
    );
    await wire.send(bytes.subarray(0, bytes.length - 1000));
    const { status, headers, body } = await wire.response();
    const [error] = JSON.parse(body).errors;
    expect([status, error.extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(error.extensions.retryAfter).toBeGreaterThan(HOUR_S - 60);
    expect(error.extensions.retryAfter).toBeLessThanOrEqual(HOUR_S);
    expect(headers['retry-after']).toBe(String(error.extensions.retryAfter));

    expect((await upload(server, picture, {}, bob)).status).toBe(200);
    const { data } = await query(server, 'mutation { removeProfilePicture { id } }', {}, alice);
    expect(data).toEqual({ removeProfilePicture: { id: 'alice' } });
    expect(await server.uploads()).toEqual([]);
  });

  it('is not rejected as the demo user, or if the limit is 0', async () => {
    const demo = await portraitForTest({ env: { UPLOADS_PER_HOUR: '1' } });
    const alice = await signedIn('alice');
    const picture = await pictureFile('photo.webp');
    for (const [server, headers] of [
      [demo, {}],
      [limited, alice],
    ] as const) {
      expect((await upload(server, picture, {}, headers)).status).toBe(200);
      expect((await upload(server, picture, {}, headers)).status).toBe(200);
    }
  });
});

describe('Requests of one address', () => {
  it('are rejected above the limit as soon as their headers arrive', async () => {
    const from = { 'X-Forwarded-For': '203.0.113.7' };
    expect(await statusesOf(limited, ['203.0.113.7', '203.0.113.7'])).toEqual([200, 200]);
    using wire = await openWire(limited.url);
    await wire.send(requestHead({ ...from, 'Content-Length': 5000, Expect: '100-continue' }));
    const { status, headers, body } = await wire.response();
    const [{ extensions }] = JSON.parse(body).errors;
    expect([status, extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(extensions.retryAfter).toBeLessThanOrEqual(MINUTE_S);
    expect(headers['retry-after']).toBe(String(extensions.retryAfter));
    // Pictures are exempt, because a page may show any number of them.
    const initials = await fetch(`${limited.url}/initials/64/0/A.svg`, { headers: from });
    expect(initials.status).toBe(200);
  });

  it('for the page count too, and are rejected with plain text', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.8', Accept: 'text/html' };
    expect((await fetch(limited.url, { headers })).status).toBe(200);
    expect(await statusesOf(limited, ['203.0.113.8', '203.0.113.8'])).toEqual([200, 429]);
    const refused = await fetch(limited.url, { headers });
    expect([refused.status, refused.headers.get('Content-Type'), await refused.text()]).toEqual([
      429,
      'text/plain; charset=utf-8',
      'Too many requests.\n',
    ]);
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(MINUTE_S);
  });

  it.for([
    { named: 'another address', from: '203.0.113.9', forwarded: '203.0.113.10', status: 200 },
    {
      named: 'the same address in IPv6 notation',
      from: '203.0.113.11',
      forwarded: '::ffff:203.0.113.11',
      status: 429,
    },
    {
      named: 'a forged address before the same address',
      from: '203.0.113.12',
      forwarded: '198.51.100.1, 203.0.113.12',
      status: 429,
    },
    {
      named: 'the same address before a trusted proxy',
      from: '203.0.113.13',
      forwarded: '203.0.113.13, 127.0.0.5',
      status: 429,
    },
    { named: 'this machine', from: '203.0.113.14', forwarded: '127.0.0.1', status: 200 },
  ])('get $status above the limit if X-Forwarded-For names $named', async ({ from, forwarded, status }) => {
    expect(await statusesOf(limited, [from, from, from])).toEqual([200, 200, 429]);
    expect(await statusesOf(limited, [forwarded])).toEqual([status]);
  });

  it('are counted together for an IPv6 network, because a single customer can have a whole network', async () => {
    const sent = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:db8:0:1::3', '2001:db8:0:2::1'];
    expect(await statusesOf(limited, sent)).toEqual([200, 200, 429, 200]);
  });

  it('are counted by address, whatever port the proxy adds', async () => {
    const sent = ['203.0.113.20:1001', '203.0.113.20:1002', '203.0.113.20', '203.0.113.21:1001'];
    expect(await statusesOf(limited, sent)).toEqual([200, 200, 429, 200]);
    const networks = [
      '[2001:db8:0:3::1]:10',
      '[2001:db8:0:3::2]:11',
      '[2001:db8:0:3::3]',
      '[2001:db8:0:4::1]:10',
    ];
    expect(await statusesOf(limited, networks)).toEqual([200, 200, 429, 200]);
  });

  it('are counted together if proxies send no valid address', async () => {
    expect(await statusesOf(limited, ['unknown', 'secret', '_hidden'])).toEqual([200, 200, 429]);
  });

  it('are not identified by the X-Forwarded-For of an untrusted proxy, and the log warns once', async () => {
    const server = await portraitForTest({ env: { ...LIMIT, TRUST_PROXY: '' } });
    expect(await statusesOf(server, ['203.0.113.7', '203.0.113.7', '203.0.113.7'])).toEqual([200, 200, 200]);
    await expect.poll(() => server.log().match(/TRUST_PROXY/g)).toHaveLength(1);
  });
});

/** Sends queries one after the other, as a proxy on this machine forwards them. @returns their statuses. */
async function statusesOf(server: Portrait, forwarded: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const address of forwarded) {
    statuses.push((await query(server, '{ viewer { id } }', {}, { 'X-Forwarded-For': address })).status);
  }
  return statuses;
}

async function encodeForm(form: FormData) {
  const encoded = new Response(form);
  const bytes = Buffer.from(await encoded.arrayBuffer());
  return { headers: { 'Content-Type': encoded.headers.get('Content-Type') as string }, bytes };
}
