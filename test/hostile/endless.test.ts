import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UPLOAD } from '../support/graphql.ts';
import { startMultipartServer } from '../support/multipart-server.ts';
import { residentBytesOf } from '../support/server-usage.ts';
import { type MeasuredPortrait, SPARE_BYTES, startMeasured } from '../support/unharmed.ts';
import { BOUNDARY, fieldPart, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Of a body that is refused or that nobody asked for 64 MiB are drained; the kernel's buffers hold a few more. */
const MAX_TAKEN_BYTES = 64 * MIB + 32 * MIB;
/** Of the headers nothing is kept beyond their limit; what is more lies in the kernel's buffers. */
const MAX_HEADER_BYTES = 32 * MIB;

let server: MeasuredPortrait;

beforeAll(async () => {
  server = await startMeasured();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Sends a beginning, then a piece again and again until the server has closed the connection. */
async function sendWithoutEnd(head: string, piece: string) {
  const wire = await openWire(server.url);
  const answer = wire.answer().then(
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
  return { status: await answer, sent, peak };
}

const GET = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n';
const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const CHUNK = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
const asChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const upload = (begin: string) => requestHead(CHUNKED) + asChunk(begin);
const json = requestHead({ ...CHUNKED, 'Content-Type': 'application/json' });

describe('What has no end is cut at its limit, and never gathered', () => {
  it.each([
    ['a header', `${GET}X: `, 'x'.repeat(1000), 431],
    ['headers', GET, 'X: x\r\n', 431],
    ['a URL', 'GET /', 'x'.repeat(1000), 431],
    ['a method', '', 'G'.repeat(1000), 400],
    ['trailers behind a body', `${json}2\r\n{}\r\n0\r\n`, 'X: x\r\n', 431],
    ['the extension of a chunk', `${json}2;`, 'x'.repeat(1000), 413],
    ['the body of a request for no host', requestHead({ ...CHUNKED, Host: 'a/b' }), CHUNK, 400],
  ])('%s', async (_what, head, piece, status) => {
    const outcome = await sendWithoutEnd(head, piece);
    // The answer may be lost by the reset that what came behind it causes.
    expect([status, undefined]).toContain(outcome.status);
    expect(outcome.sent).toBeLessThan(MAX_HEADER_BYTES);
    expect(outcome.peak).toBeLessThan(server.residentBytes + SPARE_BYTES);
    await server.expectUnharmed();
  });

  it.each([
    ['JSON', `${json}${asChunk('{"query":"')}`, 413],
    ['the bytes before the first part', requestHead(CHUNKED), 413],
    ['operations', upload(fieldPart('operations', '{"query":"').slice(0, -2)), 413],
    ["a part's header", upload(`${preludeFor(UPLOAD)}--${BOUNDARY}\r\nX: `), 413],
    ['a file that is no picture', upload(preludeFor(UPLOAD) + fileHead('0', 'me.jpg')), 415],
    ['a file that begins as a picture', upload(`${preludeFor(UPLOAD)}${fileHead('0', 'a.gif')}GIF89a`), 413],
    ['a file that nobody wants', upload(preludeFor('{ viewer { id } }') + fileHead('0', 'me.jpg')), 200],
    [
      'the body of a GET',
      requestHead(CHUNKED).replace('POST /graphql', 'GET /graphql?query={viewer{id}}'),
      200,
    ],
    ['a body that no route takes', requestHead(CHUNKED).replace('POST /graphql', 'GET /health'), 200],
    ['a body for a file', requestHead(CHUNKED).replace('/graphql', '/static/style.css'), 405],
    ['a body for nothing', requestHead(CHUNKED).replace('/graphql', '/nothing'), 404],
  ])('%s', async (_what, head, status) => {
    const outcome = await sendWithoutEnd(head, CHUNK);
    expect(outcome.status).toBe(status);
    expect(outcome.sent).toBeLessThan(MAX_TAKEN_BYTES);
    expect(outcome.peak).toBeLessThan(server.residentBytes + SPARE_BYTES);
    await server.expectUnharmed();
  });
});

it('A gigabyte that is announced and never sent is refused from the headers, and the connection closed', async () => {
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
      expect((await wire.answer()).status, head).toBe(status);
      await wire.closed();
    }),
  );
  await server.expectUnharmed();
});

describe('Who does not come to the end of the headers in time is told so and cut', () => {
  it.concurrent.each([
    ['that sends nothing', ''],
    ['within the request line', 'POST /gra'],
    ['within the headers', 'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX'],
  ])('%s', async (_where, sent) => {
    await using quick = await startMultipartServer({}, { headers: 200 });
    using wire = await openWire(quick.url);
    await wire.send(sent);
    const { status, headers, body } = await wire.answer();
    expect([status, headers['connection'], body]).toEqual([
      408,
      'close',
      'The request did not arrive in time. Try again.\n',
    ]);
    expect(headers['x-content-type-options']).toBe('nosniff');
    await wire.closed();
  });

  it.concurrent.each([
    ['byte by byte in the request line', 'x'],
    ['with blank lines before the request', '\r\n'],
  ])('also who goes on %s', async (_where, piece) => {
    await using quick = await startMultipartServer({}, { headers: 200 });
    using wire = await openWire(quick.url);
    const drip = setInterval(() => wire.socket.write(piece === 'x' ? `/${piece}` : piece), 10);
    await wire.send(piece === 'x' ? 'GET /' : piece);
    expect((await wire.answer()).status).toBe(408);
    await wire.closed();
    clearInterval(drip);
  });
});
