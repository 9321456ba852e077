import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UPLOAD } from '../support/graphql.ts';
import { startMultipartServer } from '../support/multipart-server.ts';
import { residentBytesOf } from '../support/server-usage.ts';
import { type MeasuredPortrait, SPARE_BYTES, startMeasured } from '../support/unharmed.ts';
import { BOUNDARY, fieldPart, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** The server drains 64 MiB of a rejected or unused body. The rest is in the kernel's buffers. */
const MAX_SENT_BODY_BYTES = 64 * MIB + 32 * MIB;
/** The server keeps no header bytes above the limit. The rest is in the kernel's buffers. */
const MAX_SENT_HEADER_BYTES = 32 * MIB;

let server: MeasuredPortrait;

beforeAll(async () => {
  server = await startMeasured();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Sends a head, and then a piece repeatedly until the server closes the connection. Stops after a gigabyte. */
async function sendEndlessly(head: string, piece: string) {
  const wire = await openWire(server.url);
  const response = wire.response().then(
    ({ status }) => status,
    () => undefined,
  );
  const block = Buffer.from(piece.repeat(Math.ceil((256 * 1024) / piece.length)));
  let ended = false;
  void wire.closed().then(() => {
    ended = true;
  });
  let sent = 0;
  let peak = 0;
  await wire.send(head);
  while (!ended && sent < GIB) {
    await Promise.race([wire.send(block).catch(() => {}), wire.closed()]);
    sent += block.length;
    peak = Math.max(peak, await residentBytesOf(server.pid));
  }
  return { status: await response, sent, peak };
}

const GET = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n';
const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const CHUNK = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
const asChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const upload = (start: string) => requestHead(CHUNKED) + asChunk(start);
const json = requestHead({ ...CHUNKED, 'Content-Type': 'application/json' });

describe('An endless message is cut off at its limit, and not kept in memory', () => {
  it.each([
    ['a header', `${GET}X: `, 'x'.repeat(1000), 431],
    ['headers', GET, 'X: x\r\n', 431],
    ['a URL', 'GET /', 'x'.repeat(1000), 431],
    ['a method', '', 'G'.repeat(1000), 400],
    ['trailers after a body', `${json}2\r\n{}\r\n0\r\n`, 'X: x\r\n', 431],
    ['a chunk extension', `${json}2;`, 'x'.repeat(1000), 413],
  ])('%s', async (_what, head, piece, status) => {
    const outcome = await sendEndlessly(head, piece);
    // The bytes sent after the response can cause a reset, which can lose the response.
    expect([status, undefined]).toContain(outcome.status);
    expect(outcome.sent).toBeLessThan(MAX_SENT_HEADER_BYTES);
    expect(outcome.peak).toBeLessThan(server.residentBytes + SPARE_BYTES);
    await server.expectUnharmed();
  });

  it.each([
    ['JSON', `${json}${asChunk('{"query":"')}`, 413],
    ['the bytes before the first part', requestHead(CHUNKED), 413],
    ['operations', upload(fieldPart('operations', '{"query":"').slice(0, -2)), 413],
    ["a part's header", upload(`${preludeFor(UPLOAD)}--${BOUNDARY}\r\nX: `), 413],
    ['a file that is not a picture', upload(preludeFor(UPLOAD) + fileHead('0', 'me.jpg')), 415],
    [
      'a file that starts like a picture',
      upload(`${preludeFor(UPLOAD)}${fileHead('0', 'a.gif')}GIF89a`),
      413,
    ],
    [
      'a file that the operation does not use',
      upload(preludeFor('{ viewer { id } }') + fileHead('0', 'me.jpg')),
      200,
    ],
    [
      'the body of a GET',
      requestHead(CHUNKED).replace('POST /graphql', 'GET /graphql?query={viewer{id}}'),
      200,
    ],
    [
      'a body for a route that accepts no body',
      requestHead(CHUNKED).replace('POST /graphql', 'GET /health'),
      200,
    ],
    ['a body for a static file', requestHead(CHUNKED).replace('/graphql', '/static/style.css'), 405],
    ['a body for an unknown path', requestHead(CHUNKED).replace('/graphql', '/nothing'), 404],
    ['the body of a request with an invalid host', requestHead({ ...CHUNKED, Host: 'a/b' }), 400],
  ])('%s', async (_what, head, status) => {
    const outcome = await sendEndlessly(head, CHUNK);
    expect(outcome.status).toBe(status);
    expect(outcome.sent).toBeLessThan(MAX_SENT_BODY_BYTES);
    expect(outcome.peak).toBeLessThan(server.residentBytes + SPARE_BYTES);
    await server.expectUnharmed();
  });
});

it('The server responds to headers that announce a gigabyte, and closes the connection', async () => {
  const announced = { 'Content-Length': GIB };
  const heads: readonly (readonly [head: string, status: number])[] = [
    [requestHead(announced), 413],
    [requestHead({ ...announced, Expect: '100-continue' }), 413],
    [requestHead({ ...announced, 'Content-Type': 'application/json' }), 413],
    [requestHead({ ...announced, 'Content-Type': 'text/plain' }), 415],
    [requestHead(announced).replace('POST /graphql', 'GET /graphql?query={viewer{id}}'), 200],
    [requestHead(announced).replace('POST /graphql', 'GET /health'), 200],
    [requestHead(announced).replace('/graphql', '/static/style.css'), 405],
    [requestHead(announced).replace('/graphql', '/nothing'), 404],
  ];
  await Promise.all(
    heads.map(async ([head, status]) => {
      using wire = await openWire(server.url);
      await wire.send(head);
      expect((await wire.response()).status, head).toBe(status);
      await wire.closed();
    }),
  );
  await server.expectUnharmed();
});

describe('A client that does not complete its headers in time gets 408 and is disconnected', () => {
  it.concurrent.each([
    ['after it sent nothing', ''],
    ['within the request line', 'POST /gra'],
    ['within the headers', 'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX'],
  ])('%s', async (_where, sent) => {
    await using quick = await startMultipartServer({}, { headers: 200 });
    using wire = await openWire(quick.url);
    await wire.send(sent);
    const { status, headers, body } = await wire.response();
    expect([status, headers['connection'], body]).toEqual([
      408,
      'close',
      'The request did not arrive in time. Try again.\n',
    ]);
    expect(headers['x-content-type-options']).toBe('nosniff');
    await wire.closed();
  });

  it.concurrent.each([
    ['the request line byte by byte', 'x'],
    ['blank lines before the request', '\r\n'],
  ])('even if it keeps sending %s', async (_where, piece) => {
    await using quick = await startMultipartServer({}, { headers: 200 });
    using wire = await openWire(quick.url);
    const drip = setInterval(() => wire.socket.write(piece === 'x' ? `/${piece}` : piece), 10);
    await wire.send(piece === 'x' ? 'GET /' : piece);
    expect((await wire.response()).status).toBe(408);
    await wire.closed();
    clearInterval(drip);
  });
});
