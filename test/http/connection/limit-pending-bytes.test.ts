import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesTaken } from '../../../src/http/connection/bytes-taken.ts';
import { RateMeter } from '../../../src/http/connection/rate-meter.ts';
import { connectionServerForTest } from '../../support/connection-server.ts';
import { type MultipartServer, startMultipartServer } from '../../support/multipart-server.ts';
import { openWire, requestHead, type Wire } from '../../support/wire.ts';

const FILE = 'large.bin';
/** Far more bytes than the kernel buffers for a client that does not read. */
const FILE_BYTES = 32 * 1024 * 1024;
const MAX_PENDING_BYTES = 1024 * 1024;
const WINDOW_MS = 300;
const GET = `GET /static/${FILE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

async function makeLargeFile(server: MultipartServer): Promise<void> {
  await writeFile(join(server.folder, FILE), '');
  await truncate(join(server.folder, FILE), FILE_BYTES);
}

/** Opens connections whose clients send some bytes and read nothing. */
async function openUnread(server: MultipartServer, bytes: string, count: number): Promise<Wire[]> {
  const wires = await Promise.all(Array.from({ length: count }, () => openWire(server.url)));
  for (const wire of wires) {
    wire.socket.pause();
    wire.socket.write(bytes);
  }
  return wires;
}

/** Returns how many connections the server has closed. Clients detect this when they write a byte. */
function countClosed(wires: readonly Wire[]): number {
  for (const { socket } of wires) {
    socket.write('G');
  }
  return wires.filter(({ socket }) => socket.destroyed).length;
}

/** Poll options for a whole file, which a reader on a busy machine receives slowly because of its pauses. */
const SLOWLY = { timeout: 120_000 };

interface Reader extends Disposable {
  readonly socket: Socket;
  /** Number of bytes received so far. */
  bytes(): number;
}

/** Requests the large file and keeps reading, with short pauses, so that the server always has bytes to send. */
function openReader({ url }: MultipartServer): Reader {
  let bytes = 0;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    socket.pause();
    setTimeout(() => socket.resume(), 1);
  });
  socket.write(GET);
  return { socket, bytes: () => bytes, [Symbol.dispose]: () => socket.destroy() };
}

describe('Above the limit of pending bytes over all connections', () => {
  it('the server disconnects the slowest readers, and a fast reader gets the whole file', async () => {
    await using server = await startMultipartServer({}, {}, MAX_PENDING_BYTES);
    await makeLargeFile(server);
    using quick = openReader(server);
    const slow: Wire[] = [];
    while (countClosed(slow) === 0) {
      slow.push(...(await openUnread(server, GET, 1)));
      // While the fast reader receives more, the kernel's buffers for the slow reader fill up and bytes become pending.
      const before = quick.bytes();
      await expect.poll(quick.bytes).toBeGreaterThan(before + FILE_BYTES / 32);
    }
    await expect.poll(quick.bytes, SLOWLY).toBeGreaterThan(FILE_BYTES);
    expect(countClosed(slow)).toBeLessThan(slow.length);
  });

  it('the server disconnects clients with many requests queued behind a response', async () => {
    await using server = await startMultipartServer({}, {}, MAX_PENDING_BYTES);
    await makeLargeFile(server);
    // Without the queued requests, so few readers would stay connected.
    const few = 4;
    const many = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X: 1\r\n'.repeat(40)}\r\n`.repeat(16);
    const slow = await openUnread(server, GET + many, few);
    await expect.poll(() => countClosed(slow)).toBeGreaterThan(0);
  });

  it('the server disconnects the slowest senders of many headers, and answers a fast sender', async () => {
    await using server = await startMultipartServer({}, {}, MAX_PENDING_BYTES);
    const head = (length: number, more = '') =>
      `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const manyHeaders = 'X: 1\r\n'.repeat(450);
    // Together, these take slightly less than the limit.
    const slow = await openUnread(server, `${head(200_000, manyHeaders)}{`, 10);
    expect((await fetch(`${server.url}/graphql?query={ready}`)).status).toBe(200);
    using quick = await openWire(server.url);
    const body = JSON.stringify({ query: '{ ready }', extensions: { padding: 'x'.repeat(100_000) } });
    await quick.send(head(body.length, manyHeaders) + body.slice(0, -1));
    await expect.poll(() => countClosed(slow)).toBeGreaterThan(0);
    await quick.send(body.slice(-1));
    expect(JSON.parse((await quick.response()).body)).toEqual({ data: { ready: true } });
    expect(countClosed(slow)).toBeLessThan(slow.length);
  });
});

describe('A client that requests a large file', () => {
  it('is disconnected if it does not read the response, although it keeps sending', async () => {
    await using server = await startMultipartServer({}, { rateWindow: WINDOW_MS });
    await makeLargeFile(server);
    const [wire] = (await openUnread(server, GET, 1)) as [Wire];
    const sending = setInterval(() => wire.socket.write('G'), WINDOW_MS / 10);
    await wire.closed();
    clearInterval(sending);
  });

  it('stays connected as long as it reads fast enough', async () => {
    await using server = await startMultipartServer({}, { rateWindow: WINDOW_MS });
    await makeLargeFile(server);
    using reader = openReader(server);
    const began = performance.now();
    await expect.poll(() => performance.now() - began).toBeGreaterThan(3 * WINDOW_MS);
    expect(reader.socket.destroyed).toBe(false);
    await expect.poll(reader.bytes, SLOWLY).toBeGreaterThan(FILE_BYTES);
  });
});

describe('A body that arrives too slowly', () => {
  const head = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n';

  it('is rejected with 408, although it keeps arriving', async () => {
    await using server = await startMultipartServer({}, { rateWindow: WINDOW_MS });
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Content-Length': 100_000, 'Content-Type': 'application/json' }));
    const sending = setInterval(() => wire.socket.write(' '), WINDOW_MS / 10);
    expect((await wire.response()).status).toBe(408);
    clearInterval(sending);
    await wire.closed();
  });

  it('is accepted if the server causes the delay', async () => {
    const server = await connectionServerForTest({}, {}, WINDOW_MS);
    using wire = await openWire(server.url);
    await wire.send(head + 'x'.repeat(50));
    const response = await server.nextResponse();
    const began = performance.now();
    await expect.poll(() => performance.now() - began).toBeGreaterThan(3 * WINDOW_MS);
    await wire.send('x'.repeat(50));
    response.req.resume();
    response.setHeader('Content-Length', 0).end();
    expect((await wire.response()).status).toBe(200);
  });
});

it('`bytesTaken` counts the bytes that the kernel has taken, even of an unfinished write', async () => {
  const bytes = Buffer.alloc(FILE_BYTES);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).pause();
  const [socket] = (await once(server, 'connection')) as [Socket];
  client.on('error', () => {});
  socket.write(bytes);
  await expect.poll(() => bytesTaken(socket)).toBeGreaterThan(0);
  expect(bytesTaken(socket)).toBeLessThan(FILE_BYTES);
  expect(socket.writableLength).toBe(FILE_BYTES);
  client.resume();
  await once(socket, 'drain');
  expect(bytesTaken(socket)).toBe(FILE_BYTES);
  socket.destroy();
  server.close();
});

describe('A rate meter', () => {
  it('reports the rate of the last whole window', () => {
    const meter = new RateMeter(30_000, 8_000, 0, 5_000);
    meter.sample(29_999, 5_000);
    expect(meter.lastWindow).toBeUndefined();
    meter.sample(30_000, 20_000);
    expect(meter.lastWindow).toBe(500);
    meter.sample(60_000, 80_000);
    expect(meter.lastWindow).toBe(2_000);
  });

  it('lowers the assumed rate while no bytes arrive, and raises it when they do', () => {
    const meter = new RateMeter(30_000, 8_000, 0, 0);
    const rates = [
      [1_000, 0],
      [3_000, 0],
      [3_000, 5_000],
      [4_000, 5_000],
    ].map(([now, bytes]) => {
      meter.sample(now as number, bytes as number);
      return Math.round(meter.rate);
    });
    expect(rates).toEqual([2_943, 398, 5_398, 1_986]);
  });
});
