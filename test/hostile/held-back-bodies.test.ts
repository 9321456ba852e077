import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../support/graphql.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { residentBytesOf } from '../support/server-usage.ts';
import {
  BODY_END,
  fieldPart,
  fileHead,
  openWire,
  preludeFor,
  requestHead,
  type Wire,
} from '../support/wire.ts';

const MIB = 1024 * 1024;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const CHUNKED = { 'Transfer-Encoding': 'chunked' };
/** Maximum bytes of all bodies, plus an allowance for the garbage that the load creates. */
const MAX_GROWTH_BYTES = 32 * MIB + 48 * MIB;

let server: Portrait;

beforeAll(async () => {
  server = await startPortrait();
});
afterAll(() => server[Symbol.asyncDispose]());

const asChunks = (text: string) => [...text].map((character) => `1\r\n${character}\r\n`).join('');

/** Sends nearly all of a body on each of many connections, one connection after the other. */
async function sendIncomplete(url: string, count: number, body: string): Promise<Wire[]> {
  const wires: Wire[] = [];
  for (let index = 0; index < count; index += 1) {
    const wire = await openWire(url);
    await wire.send(body);
    wires.push(wire);
  }
  return wires;
}

describe('Large bodies that clients leave incomplete', () => {
  it('share 32 MiB: the server rejects the oldest, and still responds to other requests', async () => {
    const server = await portraitForTest();
    const before = await residentBytesOf(server.pid);
    const half = `{"query":"{ viewer { id } }","variables":{"text":"${'x'.repeat(250_000)}`;
    const head = requestHead({ ...JSON_TYPE, 'Content-Length': half.length + 3 });
    const wires = await sendIncomplete(server.url, 300, head + half);
    const first = await wires[0]?.response();
    expect([first?.status, JSON.parse(first?.body ?? '').errors[0].extensions.code]).toEqual([
      503,
      'SERVER_BUSY',
    ]);
    expect((await residentBytesOf(server.pid)) - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect((await query(server, '{ viewer { id } }')).status).toBe(200);
    // The server still has the last body, and responds when the rest of that body arrives.
    const last = wires.at(-1);
    await last?.send('"}}');
    expect((await last?.response())?.status).toBe(200);
    for (const wire of wires) {
      wire[Symbol.dispose]();
    }
  });

  it('share 32 MiB with the multipart fields before "map"', async () => {
    const server = await portraitForTest();
    const operations = `{"query":"{ viewer { id } }","variables":{"values":[${'[],'.repeat(2_000)}0]}}`;
    const head = requestHead({ 'Content-Length': 60_000 });
    const body = fieldPart('operations', operations.padEnd(32 * 1024)) + fieldPart('other', '');
    const wires = await sendIncomplete(server.url, 600, head + body);
    const first = await wires[0]?.response();
    expect([first?.status, JSON.parse(first?.body ?? '').errors[0].extensions.code]).toEqual([
      503,
      'SERVER_BUSY',
    ]);
    for (const wire of wires) {
      wire[Symbol.dispose]();
    }
  });
});

describe('A body in chunks of one byte', () => {
  it('is accepted if it is short', async () => {
    using wire = await openWire(server.url);
    const body = JSON.stringify({ query: '{ viewer { id } }' }).padEnd(2_000);
    await wire.send(`${requestHead({ ...JSON_TYPE, ...CHUNKED })}${asChunks(body)}0\r\n\r\n`);
    expect((await wire.response()).status).toBe(200);
  });

  it.each([
    ['JSON', { ...JSON_TYPE, ...CHUNKED }, `{"query":"${'x'.repeat(20_000)}`],
    [
      'a multipart form',
      CHUNKED,
      `${preludeFor('mutation ($file: File!) { uploadProfilePicture(file: $file) { id } }')}${fileHead('0', 'a.jpg')}${'x'.repeat(20_000)}${BODY_END}`,
    ],
  ])('is rejected if it is long, and the connection is closed: %s', async (_what, headers, body) => {
    using wire = await openWire(server.url);
    await wire.send(requestHead(headers) + asChunks(body));
    const response = await wire.response();
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body).errors[0]).toMatchObject({
      message: 'The body arrives in too many small chunks. Send it in larger chunks.',
      extensions: { code: 'BAD_REQUEST' },
    });
    await wire.closed();
  });
});

describe('JSON', () => {
  it.each([
    ['5,000 lists', `[${'[],'.repeat(4_999)}[]]`],
    ['20,000 numbers', `[${'1,'.repeat(19_999)}1]`],
    ['nested lists', '['.repeat(6_000) + ']'.repeat(6_000)],
  ])('with more than 5,000 values is rejected: %s', async (_what, values) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, Accept: 'application/graphql-response+json' },
      body: `{"query":"{ viewer { id } }","variables":{"values":${values}}}`,
    });
    const { errors } = (await response.json()) as { errors: [{ extensions: unknown }] };
    expect([response.status, errors[0].extensions]).toEqual([
      413,
      { code: 'REQUEST_TOO_LARGE', limit: 5_000 },
    ]);
  });
});
