import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINGER_IDLE_MS } from '../../../src/http/connection/linger.ts';
import { UPLOAD } from '../../support/graphql.ts';
import { type Portrait, portraitForTest, startPortrait } from '../../support/portrait.ts';
import {
  BODY_END,
  BOUNDARY,
  fieldPart,
  fileHead,
  openWire,
  preludeFor,
  requestHead,
} from '../../support/wire.ts';

const LARGE = 50 * 1024 * 1024;
/** Delimiter of the next part, which ends the part before it. */
const NEXT_PART = `--${BOUNDARY}\r\n`;

let portrait: Portrait;

beforeAll(async () => {
  // The limit is so high that the server rejects no request because of its Content-Length.
  portrait = await startPortrait({ env: { MAX_UPLOAD_BYTES: String(2 * LARGE) } });
});
afterAll(() => portrait[Symbol.asyncDispose]());

/** Returns a body of 50 MB. The first bytes of its file show that it is not a picture. */
function largeBody(): Uint8Array<ArrayBuffer> {
  const head = Buffer.from(preludeFor(UPLOAD) + fileHead('0', 'me.jpg', 'image/jpeg'));
  return new Uint8Array(Buffer.concat([head, Buffer.alloc(LARGE, 'not a picture '), Buffer.from(BODY_END)]));
}

const REJECTION = expect.stringContaining('UNSUPPORTED_FILE_TYPE');
const HEADERS = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`, Accept: '*/*' };

describe('A response that is sent while 50 MB are still arriving is read', () => {
  // Without the drain, the connection is reset in most rounds, but not in all.
  const rounds = Array.from({ length: 5 }, (_, round) => round);

  it('by undici’s fetch', async () => {
    for (const round of rounds) {
      const response = await fetch(`${portrait.url}/graphql`, {
        method: 'POST',
        headers: HEADERS,
        body: largeBody(),
      });
      expect([response.status, await response.text()], `round ${round}`).toEqual([415, REJECTION]);
    }
  });

  it('by Node’s client, which reports no error', async () => {
    for (const round of rounds) {
      const outgoing = httpRequest(`${portrait.url}/graphql`, { method: 'POST', headers: HEADERS });
      const errors: string[] = [];
      outgoing.on('error', (error) => errors.push(error.message)).end(largeBody());
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      const answer = await text(response);
      if (!outgoing.closed) {
        await once(outgoing, 'close');
      }
      expect([response.statusCode, answer, errors], `round ${round}`).toEqual([415, REJECTION, []]);
    }
  });

  it('and the server keeps none of the file', async () => {
    expect(await portrait.uploads()).toEqual([]);
  });
});

/** A request that the server rejects early, and the piece that its slow client repeats. */
interface SlowRequest {
  readonly status: number;
  readonly head: string;
  readonly piece?: string;
}

const LENGTH = { 'Content-Length': LARGE };
const SLOW_REQUESTS: Readonly<Record<string, SlowRequest>> = {
  'a file with the name of a program': {
    status: 415,
    head: requestHead(LENGTH) + preludeFor(UPLOAD) + fileHead('0', 'me.exe'),
  },
  'a file that is not a picture': {
    status: 415,
    head: `${requestHead(LENGTH)}${preludeFor(UPLOAD)}${fileHead('0', 'me.jpg')}%PDF-1.7 `,
  },
  'an unsupported media type': {
    status: 415,
    head: requestHead({ ...LENGTH, 'Content-Type': 'text/plain' }),
  },
  'JSON that is too large': {
    status: 413,
    head: requestHead({ ...LENGTH, 'Content-Type': 'application/json' }),
  },
  'a form with another method': { status: 405, head: requestHead(LENGTH).replace('POST', 'PUT') },
  'a body in too many small chunks': {
    status: 400,
    head: requestHead({ 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' }),
    piece: '1\r\nx\r\n'.repeat(2_500),
  },
  'an unknown path': { status: 404, head: requestHead(LENGTH).replace('/graphql', '/nothing') },
  'an unknown path, on a connection that closes': {
    status: 404,
    head: requestHead({ ...LENGTH, Connection: 'close' }).replace('/graphql', '/nothing'),
  },
  'a picture that does not exist, by HTTP/1.0': {
    status: 405,
    head: requestHead(LENGTH).replace('/graphql HTTP/1.1', '/static/pictures/x HTTP/1.0'),
  },
  'an invalid host': { status: 400, head: requestHead({ ...LENGTH, Host: 'a/b' }) },
  'headers that are too large': { status: 431, head: requestHead({ ...LENGTH, Cookie: 'x'.repeat(20_000) }) },
  'bytes that are not HTTP': { status: 400, head: '\x16\x03\x01' },
};

/** Sends for longer than a stalled client could, and reads the response only then. */
async function sendSlowly({ head, piece = 'x'.repeat(20_000) }: SlowRequest): Promise<number | undefined> {
  using wire = await openWire(portrait.url);
  wire.socket.pause();
  await wire.send(head);
  const began = performance.now();
  while (performance.now() - began < 1.2 * LINGER_IDLE_MS && !wire.socket.destroyed) {
    await wire.send(piece).catch(() => {});
    await sleep(LINGER_IDLE_MS / 20);
  }
  wire.socket.resume();
  return await wire.response().then(
    ({ status }) => status,
    () => undefined,
  );
}

it('An early rejection reaches a client that first sends for a long time', async () => {
  const outcomes = Object.entries(SLOW_REQUESTS).map(
    async ([name, request]) => [name, await sendSlowly(request)] as const,
  );
  expect(Object.fromEntries(await Promise.all(outcomes))).toEqual(
    Object.fromEntries(Object.entries(SLOW_REQUESTS).map(([name, { status }]) => [name, status])),
  );
});

describe('A request that waits for 100 Continue', () => {
  it('is rejected instead if its body is too large', async () => {
    const server = await portraitForTest();
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Content-Length': LARGE, Expect: '100-continue' }));
    const { status, body } = await wire.response();
    expect([status, JSON.parse(body).errors[0].extensions]).toEqual([
      413,
      { code: 'FILE_TOO_LARGE', maxBytes: 5_242_880 },
    ]);
  });

  it('gets 100 Continue otherwise', async () => {
    using wire = await openWire(portrait.url);
    const body = `${fieldPart('operations', '{}')}--${BOUNDARY}--\r\n`;
    await wire.send(requestHead({ 'Content-Length': Buffer.byteLength(body), Expect: '100-continue' }));
    expect((await wire.response()).status).toBe(100);
    await wire.send(body);
    expect((await wire.response()).status).toBe(400);
  });
});

describe('A file of an unsupported type', () => {
  it('is rejected within its first 64 KiB', async () => {
    using wire = await openWire(portrait.url);
    await wire.send(requestHead({ 'Content-Length': LARGE }));
    await wire.send(preludeFor(UPLOAD) + fileHead('0', 'me.jpg'));
    await wire.send(Buffer.alloc(64 * 1024, '%PDF-1.7 '));
    const answer = await wire.response();
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.body).errors[0].extensions).toMatchObject({ detected: 'application/pdf' });
    expect(answer.headers['connection']).toBe('close');
  });

  it('is rejected for its name alone, at its first byte', async () => {
    using wire = await openWire(portrait.url);
    await wire.send(requestHead({ 'Content-Length': LARGE }) + preludeFor(UPLOAD) + fileHead('0', 'me.exe'));
    await wire.send('x');
    expect((await wire.response()).status).toBe(415);
  });
});

describe('An operation that is rejected', () => {
  it.each([
    ['an invalid query', '{ nobody }'],
    ['a syntax error', '{'],
  ])('for %s is answered before the file arrives', async (_what, document) => {
    using wire = await openWire(portrait.url);
    await wire.send(requestHead({ 'Content-Length': LARGE }) + preludeFor(document) + NEXT_PART);
    expect((await wire.response()).status).toBe(400);
  });

  it('for its map is answered before any file arrives', async () => {
    using wire = await openWire(portrait.url);
    await wire.send(
      requestHead({ 'Content-Length': LARGE }) +
        fieldPart('operations', '{"query":"{ viewer { id } }","variables":{}}') +
        fieldPart('map', '{"0":["variables.files.4294967294"]}') +
        NEXT_PART,
    );
    expect((await wire.response()).status).toBe(400);
  });
});

it('After an early response, the connection is closed once the client stops sending', async () => {
  using wire = await openWire(portrait.url);
  const head = `${preludeFor(UPLOAD)}${fileHead('0', 'me.exe')}x`;
  await wire.send(requestHead({ 'Content-Length': head.length + 10 }) + head);
  expect((await wire.response()).status).toBe(415);
  await wire.send('0123456789');
  await wire.closed();
});
