import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../support/random-from.ts';
import { openFilesOf } from '../support/server-usage.ts';
import { type MeasuredPortrait, startMeasured } from '../support/unharmed.ts';
import { openWire, requestHead } from '../support/wire.ts';
import { uploadBytes } from './upload-bytes.ts';

// For more cases: HTTP_FUZZ_CASES=100000 npx vitest run test/hostile/broken-http.test.ts --testTimeout=3600000
const CASES = Number(process.env['HTTP_FUZZ_CASES'] ?? 2000);
const SEED = Number(process.env['HTTP_FUZZ_SEED'] ?? 20261124);
/** All clients are the same user, who can have one upload in the decoder and eight in the queue. More would get 503. */
const CONCURRENCY = 8;
const HANG_MS = 20_000;

let server: MeasuredPortrait;

beforeAll(async () => {
  server = await startMeasured();
});
afterAll(() => server[Symbol.asyncDispose]());

const HOST = 'Host: 127.0.0.1\r\n';
const QUERY = '{"query":"{viewer{id}}"}';
/** Shows whether the server mistakes bytes of a body for a request. */
const SMUGGLED = `GET /health HTTP/1.1\r\n${HOST}\r\n`;
const get = (headers: string, target = '/health') => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;
const json = (headers: string, body = QUERY) =>
  `POST /graphql HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}\r\n${body}`;
const chunked = (body: string) => json('Transfer-Encoding: chunked\r\n', body);
const SIZE = QUERY.length.toString(16);

interface RawRequest {
  readonly what: string;
  readonly sent: string | Buffer;
  readonly status: number;
}

const withStatus = (status: number, requests: Readonly<Record<string, string | Buffer>>): RawRequest[] =>
  Object.entries(requests).map(([what, sent]) => ({ what, sent, status }));

/** Invalid requests. The server responds to each with a sentence, and then closes the connection. */
const INVALID: readonly RawRequest[] = [
  ...withStatus(400, {
    'random bytes': Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7919) & 255)),
    'null bytes': Buffer.alloc(100),
    'the preface of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00`,
    'the hello of TLS': Buffer.from('16030100c8010000c40303', 'hex'),
    'another protocol': 'SSH-2.0-OpenSSH_9.9\r\n',
    'an unknown version': `GET /health HTTP/9.9\r\n${HOST}\r\n`,
    'an unknown method': `FETCH /health HTTP/1.1\r\n${HOST}\r\n`,
    'bytes above ASCII in the URL': Buffer.from(get(HOST, '/\xff\xfe'), 'latin1'),
    'a space before the method': ` ${get(HOST)}`,
    'no host': get(''),
    'an empty host': get('Host:\r\n'),
    'two hosts': get(`${HOST}Host: elsewhere.example\r\n`),
    'a host with a path': get('Host: 127.0.0.1/elsewhere\r\n'),
    'a host with a name and a password': get('Host: me:secret@127.0.0.1\r\n'),
    'a host with an invalid port': get('Host: 127.0.0.1:99999999\r\n', '/graphql?query={viewer{id}}'),
    'a host that is an incomplete address': get('Host: [::1\r\n', '/graphql?query={viewer{id}}'),
    'a header without a name': get(`${HOST}: x\r\n`),
    'a header without a colon': get(`${HOST}xxxx\r\n`),
    'a space before the colon': get(`${HOST}X : x\r\n`),
    'a folded header': get(`${HOST}X: a\r\n b\r\n`),
    'a null byte in a header': get(`${HOST}X: a\x00b\r\n`),
    'a bare CR in a header': get(`${HOST}X: a\rY: b\r\n`),
    'a bare LF after a header': get(`${HOST}X: a\nY: b\r\n`),
    'bare LFs only': json(`Content-Length: ${QUERY.length}\r\n`).replaceAll('\r\n', '\n'),
    'a length before chunks': json(
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      `0\r\n\r\n${SMUGGLED}`,
    ),
    'chunks before a length': json(
      'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
      `0\r\n\r\n${SMUGGLED}`,
    ),
    'two lengths': json('Content-Length: 24\r\nContent-Length: 5\r\n', QUERY + SMUGGLED),
    'the same length twice': json('Content-Length: 24\r\nContent-Length: 24\r\n', QUERY + SMUGGLED),
    'a list of lengths': json('Content-Length: 24, 5\r\n', QUERY + SMUGGLED),
    'a negative length': json('Content-Length: -1\r\n', SMUGGLED),
    'a length with a sign': json('Content-Length: +24\r\n', QUERY + SMUGGLED),
    'a length in hexadecimal': json('Content-Length: 0x18\r\n', QUERY + SMUGGLED),
    'a length that is not a number': json('Content-Length: long\r\n', QUERY + SMUGGLED),
    'an empty length': json('Content-Length:\r\n', QUERY + SMUGGLED),
    'a length beyond 64 bits': json('Content-Length: 99999999999999999999999\r\n', SMUGGLED),
    'an unknown transfer coding': json('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    'chunks that are not the last coding': json(
      'Transfer-Encoding: chunked, identity\r\n',
      `0\r\n\r\n${SMUGGLED}`,
    ),
    'two transfer codings': json(
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
      `0\r\n\r\n${SMUGGLED}`,
    ),
    'chunks over HTTP/1.0': chunked(`${SIZE}\r\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`)
      .replace('HTTP/1.1', 'HTTP/1.0')
      .replace(HOST, `${HOST}Connection: keep-alive\r\n`),
    'a vertical tab before the coding': json('Transfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    'a chunk that is longer than its size': chunked(`2\r\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`),
    'a negative chunk size': chunked(`-5\r\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`),
    'a chunk size with 0x': chunked(`0x${SIZE}\r\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`),
    'a chunk size that is not a number': chunked(`zz\r\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`),
    'a chunk size beyond 64 bits': chunked(`FFFFFFFFFFFFFFFFF\r\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`),
    'bare LFs between chunks': chunked(`${SIZE}\n${QUERY}\n0\n\n${SMUGGLED}`),
    'a chunk extension that ends with LF': chunked(`${SIZE};a=b\n${QUERY}\r\n0\r\n\r\n${SMUGGLED}`),
    'a length among the trailers': chunked(`${SIZE}\r\n${QUERY}\r\n0\r\nContent-Length: 7\r\n\r\n`),
  }),
  ...withStatus(413, {
    'a chunk with a large extension': chunked(`${SIZE};a=${'b'.repeat(20_000)}\r\n${QUERY}\r\n0\r\n\r\n`),
  }),
  ...withStatus(431, {
    'a header of 20 KB': get(`${HOST}X: ${'x'.repeat(20_000)}\r\n`),
    '3,000 headers': get(HOST + 'a:\r\n'.repeat(3000)),
    'a URL of 20 KB': get(HOST, `/${'x'.repeat(20_000)}`),
    'trailers of 20 KB': chunked(`${SIZE}\r\n${QUERY}\r\n0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
  }),
];

describe('Invalid HTTP/1.1 gets one response with a sentence, and then the connection is closed', () => {
  it.each(INVALID)('$what: $status', async ({ sent, status }) => {
    using wire = await openWire(server.url);
    await wire.send(sent);
    const answer = await wire.response();
    expect([answer.status, answer.headers['connection']]).toEqual([status, 'close']);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(answer.body).toMatch(/^[A-Z].+\.\n$/);
    await wire.closed();
    await expect(wire.response()).rejects.toThrow(/ended after: $/);
  });

  it('CONNECT gets no response, and the connection is closed', async () => {
    using wire = await openWire(server.url);
    await wire.send('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n');
    await wire.closed();
    await expect(wire.response()).rejects.toThrow(/ended after: $/);
  });
});

it('After a rejection, the server closes the connection even if the client keeps its half open', async () => {
  const before = await openFilesOf(server.pid);
  const sockets = Array.from({ length: 50 }, () =>
    connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true }),
  );
  await Promise.all(
    sockets.map(async (socket) => {
      socket.resume().write('\x00');
      await once(socket, 'end');
    }),
  );
  await expect.poll(() => openFilesOf(server.pid)).toBeLessThanOrEqual(before);
  for (const socket of sockets) {
    socket.destroy();
  }
});

/** Unusual requests with a clear end, so that the connection can carry another request. */
const UNUSUAL: readonly RawRequest[] = [
  ...withStatus(200, {
    'for WebSockets': get(
      `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`,
    ),
    'for HTTP/2 in the clear': get(`${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n`),
    'for an upgrade, with a body': json(
      `Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${QUERY.length}\r\n`,
    ),
    'with an unknown expectation': get(`${HOST}Expect: tea\r\n`),
    'with a chunk that has an extension': chunked(`${SIZE};a="b"\r\n${QUERY}\r\n0\r\n\r\n`),
    'with trailers': chunked(`${SIZE}\r\n${QUERY}\r\n0\r\nX: x\r\n\r\n`),
    'after empty lines': `\r\n\r\n${get(HOST)}`,
    'for an absolute URL, as sent to proxies': get(HOST, 'http://127.0.0.1/health'),
  }),
  ...withStatus(404, {
    'for an invalid URL': get(HOST, 'http://[::1/health'),
    'for all resources': `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
    'for a path with two slashes': get(HOST, '//elsewhere.example/health'),
    'for a path with broken escapes': get(HOST, '/static/%zz%00'),
  }),
  ...withStatus(403, {
    'for another host': get('Host: elsewhere.example\r\n'),
    "for another server's URL": get(HOST, 'http://elsewhere.example/health'),
  }),
  ...withStatus(405, { 'with the method TRACE': `TRACE /graphql HTTP/1.1\r\n${HOST}\r\n` }),
  ...withStatus(501, {
    'with a body in two codings': json('Transfer-Encoding: gzip, chunked\r\n', '4\r\ngzip\r\n0\r\n\r\n'),
    'with valid JSON in two codings': json(
      'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n',
      `${SIZE}\r\n${QUERY}\r\n0\r\n\r\n`,
    ),
  }),
];

describe('An unusual request gets a response, and so does the next request on its connection', () => {
  it.each(UNUSUAL)('$what: $status', async ({ sent, status }) => {
    using wire = await openWire(server.url);
    await wire.send(sent);
    expect((await wire.response()).status).toBe(status);
    await wire.send(json(`Content-Length: ${QUERY.length}\r\n`));
    const next = await wire.response();
    expect([next.status, JSON.parse(next.body)]).toEqual([200, { data: { viewer: { id: 'demo' } } }]);
  });
});

describe('Randomly mutated requests', () => {
  it(`get a response or are disconnected, and never cause a server error: ${CASES} cases`, async () => {
    const upload = (await uploadBytes()).bytes;
    const bases: Buffer[] = [...INVALID, ...UNUSUAL].map(({ sent }) => Buffer.from(sent));
    const validQuery = Buffer.from(
      `${requestHead({ 'Content-Length': 24, 'Content-Type': 'application/json' })}${QUERY}`,
    );
    bases.push(...Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? upload : validQuery)));
    const statuses = new Map<string, number>();
    let next = SEED;
    const worker = async () => {
      while (next < SEED + CASES) {
        const seed = next;
        next += 1;
        const received = await exchange(mutate(bases, randomFrom(seed))).catch(
          (error: Error) => error.message,
        );
        for (const status of statusesOf(received)) {
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          // While the server works on a request, it sends 102 to clients that have sent FIN, as all do here.
          // The status 501 rejects a Transfer-Encoding.
          if (!/^(?:102|[234]\d\d|501)$/.test(status)) {
            throw new Error(`HTTP_FUZZ_SEED=${seed} HTTP_FUZZ_CASES=1: ${received}`);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    expect([...statuses.keys()]).toEqual(expect.arrayContaining(['200', '400', '431']));
  });
});

it('After all of these requests, the server is unharmed', () => server.expectUnharmed());

/** Changes, removes, inserts or repeats some bytes of a request. */
function mutate(bases: readonly Buffer[], random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  let bytes = bases[below(bases.length)] as Buffer;
  for (let round = below(4); round >= 0; round -= 1) {
    // Most of the syntax is in the first 600 bytes.
    const at = below(Math.min(bytes.length, 600) + 1);
    const length = below(12);
    const piece = [
      Buffer.from(Array.from({ length }, () => below(256))),
      Buffer.alloc(0),
      bytes.subarray(at, at + 2 * length),
      Buffer.from(['\r\n', '\n', '\r', '\0', ':', ' ', ',', '0\r\n\r\n', '\r\n\r\n'][below(9)] as string),
    ][below(4)] as Buffer;
    const removed = random() < 0.5 ? length : 0;
    bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + removed)]);
  }
  return bytes;
}

/** Sends bytes and then FIN. @returns all bytes received until the server closed the connection. */
async function exchange(bytes: Buffer): Promise<string> {
  using wire = await openWire(server.url);
  // Ends a connection that hangs, so that the test reports its seed.
  wire.socket.setTimeout(HANG_MS, () => wire.socket.destroy(new Error('The connection hangs.')));
  let received = '';
  wire.socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  wire.socket.end(bytes);
  await wire.closed();
  if (wire.socket.errored?.message === 'The connection hangs.') {
    throw wire.socket.errored;
  }
  return received;
}

/** Returns the statuses of all received responses. Bytes that are not a response add `no response`. */
function statusesOf(received: string): string[] {
  if (received === '') {
    return [];
  }
  const found = [...received.matchAll(/HTTP\/1\.1 (\d\d\d) [A-Z]/g)].map(([, status]) => status as string);
  return received.startsWith('HTTP/1.1 ') ? found : ['no response', ...found];
}
