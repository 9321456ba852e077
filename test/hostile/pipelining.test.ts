import { readdir, readlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFile } from '../support/built-file.ts';
import { connectionServerForTest } from '../support/connection-server.ts';
import { openFilesOf } from '../support/server-usage.ts';
import { type MeasuredPortrait, startMeasured } from '../support/unharmed.ts';
import { openWire, type WireResponse } from '../support/wire.ts';
import { type UploadBytes, uploadBytes } from './upload-bytes.ts';

/** Maximum number of requests queued behind the request that the server is handling. */
const MAX_QUEUED = 16;
const CONNECTIONS = 20;
const MANY = 200;

let server: MeasuredPortrait;
let upload: UploadBytes;

beforeAll(async () => {
  [server, upload] = await Promise.all([startMeasured(), uploadBytes()]);
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
/** A file larger than what the kernel buffers for a client that does not read. */
const LARGE_FILE = builtFile('graphiql/graphiql.js');

function query(document: string): string {
  const body = JSON.stringify({ query: document });
  return `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Sends all requests at once. @returns the responses in the order of arrival. */
async function pipeline(...requests: readonly (string | Uint8Array)[]): Promise<WireResponse[]> {
  using wire = await openWire(server.url);
  await wire.send(Buffer.concat(requests.map((request) => Buffer.from(request))));
  const responses: WireResponse[] = [];
  for (const _request of requests) {
    responses.push(await wire.response());
  }
  return responses;
}

describe('Pipelined requests', () => {
  it('get their responses in order', async () => {
    const responses = await pipeline(
      get('/health'),
      get('/nothing'),
      query('{ viewer { id } }'),
      get('/static/style.css'),
      get('/ready'),
    );
    expect(responses.map(({ status }) => status)).toEqual([200, 404, 200, 200, 200]);
    expect([responses[0]?.body, responses[2]?.body, responses[4]?.body]).toEqual([
      'ok\n',
      '{"data":{"viewer":{"id":"demo"}}}',
      'ready\n',
    ]);
  });

  it(`all get a response if at most ${MAX_QUEUED} are queued`, async () => {
    using wire = await openWire(server.url);
    for (let round = 0; round < 3; round += 1) {
      await wire.send(get('/health').repeat(1 + MAX_QUEUED));
      for (let index = 0; index <= MAX_QUEUED; index += 1) {
        expect((await wire.response()).status).toBe(200);
      }
    }
  });

  it('after an upload run when the upload has finished, and see its result', async () => {
    const [first, seen, second, seenAgain] = await pipeline(
      upload.bytes,
      query('{ viewer { profilePicture { id } } }'),
      upload.bytes,
      query('{ viewer { profilePicture { id } } }'),
    );
    const idIn = (response: WireResponse | undefined, user: string) =>
      JSON.parse(response?.body ?? '').data[user].profilePicture.id;
    const [one, two] = [idIn(first, 'uploadProfilePicture'), idIn(second, 'uploadProfilePicture')];
    expect(one).not.toBe(two);
    expect([idIn(seen, 'viewer'), idIn(seenAgain, 'viewer')]).toEqual([one, two]);
  });

  it.each([
    ['garbage', '\x00\x01garbage\r\n\r\n'],
    ['a request with two lengths', `POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    ['endless headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`],
  ])('after an upload are rejected after its response if they are %s', async (_what, broken) => {
    using wire = await openWire(server.url);
    await wire.send(Buffer.concat([upload.bytes, Buffer.from(query('{ viewer { id } }') + broken)]));
    const responses = [await wire.response(), await wire.response(), await wire.response()];
    expect(responses.map(({ status }) => status)).toEqual([200, 200, broken.startsWith('GET') ? 431 : 400]);
    expect(JSON.parse(responses[0]?.body ?? '').data.uploadProfilePicture.profilePicture).not.toBeNull();
    await wire.closed();
    await expect(wire.response()).rejects.toThrow(/ended after: $/);
  });

  it('are rejected once, even if another error occurs before the preceding response is sent', async () => {
    const server = await connectionServerForTest(
      {},
      { headersTimeout: 100, connectionsCheckingInterval: 20 },
    );
    using wire = await openWire(server.url);
    await wire.send(`${get('/')}\x00`);
    const response = await server.nextResponse();
    const before = response.listenerCount('close');
    using other = await openWire(server.url);
    await other.send('G');
    // By then the first client's garbage has exceeded the time for headers too, which Node reports as another error.
    expect((await other.response()).status).toBe(408);
    await other.closed();
    expect(response.listenerCount('close')).toBe(before);
    response.setHeader('Content-Length', 0).end();
    expect([(await wire.response()).status, (await wire.response()).status]).toEqual([200, 400]);
    await wire.closed();
    await expect(wire.response()).rejects.toThrow(/ended after: $/);
  });

  it('after a request with Connection: close get no response, and do not keep the connection open', async () => {
    using wire = await openWire(server.url);
    const last = query('{ viewer { id } }').replace('\r\n', '\r\nConnection: close\r\n');
    await wire.send(`${last}${query('mutation { removeProfilePicture { id } }')}`);
    expect((await wire.response()).status).toBe(200);
    await wire.closed();
    await expect(wire.response()).rejects.toThrow(/ended after: $/);
  });

  it.each([
    ['CONNECT', 'CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n'],
    ['a request with a broken body', query('').replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked')],
  ])('after an upload close the connection if they are %s', async (_what, broken) => {
    using wire = await openWire(server.url);
    await wire.send(Buffer.concat([upload.bytes, Buffer.from(broken)]));
    await wire.closed();
    await server.expectUnharmed();
  });
});

describe(`${CONNECTIONS} connections with many pipelined requests`, () => {
  it(`have one open file each while ${MAX_QUEUED} requests are queued`, async () => {
    const requests = get(LARGE_FILE).repeat(1 + MAX_QUEUED);
    const before = await openFilesOf(server.pid);
    const wires = await openUnread(requests);
    await expect.poll(openLargeFiles).toBe(CONNECTIONS);
    expect(await openFilesOf(server.pid)).toBeLessThan(before + 3 * CONNECTIONS);
    for (const wire of wires) {
      wire.socket.resetAndDestroy();
    }
    await server.expectUnharmed();
  });

  it.each([
    ['health checks', get('/health')],
    ['files', get(builtFile('page.js'))],
    ['queries', query('{ viewer { id } }')],
    ['pages', get('/')],
    ['requests with bodies', get('/health').replace('\r\n\r\n', '\r\nContent-Length: 4\r\n\r\nbody')],
  ])(`are closed if more than ${MAX_QUEUED} requests are queued: %s`, async (_what, request) => {
    const wires = await openUnread(request.repeat(MANY));
    for (const wire of wires) {
      wire.socket.resume();
    }
    await Promise.all(wires.map((wire) => wire.closed()));
    await server.expectUnharmed();
  });
});

/** Opens connections whose clients send requests and read nothing. */
async function openUnread(requests: string) {
  const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => openWire(server.url)));
  for (const wire of wires) {
    wire.socket.pause();
    wire.socket.write(requests);
  }
  return wires;
}

async function openLargeFiles(): Promise<number> {
  const folder = `/proc/${server.pid}/fd`;
  const links = (await readdir(folder)).map((file) => readlink(`${folder}/${file}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.endsWith(LARGE_FILE)).length;
}
