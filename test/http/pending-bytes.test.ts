import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../src/http/rate-meter.ts';
import { type MultipartServer, startMultipartServer } from '../support/multipart-server.ts';
import { openWire, type Wire } from '../support/wire.ts';

const FILE = 'large.bin';
/** Far more than the kernel takes for a client that does not read. */
const FILE_BYTES = 32 * 1024 * 1024;
const MAX_PENDING_BYTES = 1024 * 1024;
/** Each leaves up to 128 KiB to the server. */
const CLIENTS = 20;
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

/** How many connections the server has closed. Their clients find out by writing. */
function countClosed(wires: readonly Wire[]): number {
  for (const { socket } of wires) {
    socket.write('G');
  }
  return wires.filter(({ socket }) => socket.destroyed).length;
}

describe('Beyond a bound of all connections', () => {
  it('the server disconnects the slowest readers, and a quick one gets everything', async () => {
    await using server = await startMultipartServer({}, {}, MAX_PENDING_BYTES);
    await makeLargeFile(server);
    const slow = await openUnread(server, GET, CLIENTS);
    await expect.poll(() => countClosed(slow)).toBeGreaterThan(0);
    const response = await fetch(`${server.url}/static/${FILE}`);
    expect((await response.arrayBuffer()).byteLength).toBe(FILE_BYTES);
    expect(countClosed(slow)).toBeLessThan(CLIENTS);
  });

  it('the server disconnects those that wait with many requests behind a response', async () => {
    await using server = await startMultipartServer({}, {}, MAX_PENDING_BYTES);
    await makeLargeFile(server);
    const [honest] = await openUnread(server, GET, 1);
    const many = 'X: 1\r\n'.repeat(40);
    const slow = await openUnread(server, GET + `GET / HTTP/1.1\r\nHost: a\r\n${many}\r\n`.repeat(16), 7);
    await expect.poll(() => countClosed(slow)).toBeGreaterThan(0);
    expect(honest?.socket.destroyed).toBe(false);
  });

  it.each([
    ['bodies', '', '{'.repeat(100_000)],
    ['headers', 'X: 1\r\n'.repeat(600), '{'],
  ])(
    'the server disconnects the slowest senders of incomplete %s, and a quick one is answered',
    async (_what, headers, body) => {
      await using server = await startMultipartServer({}, {}, MAX_PENDING_BYTES);
      const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n`;
      const slow = await openUnread(server, head + body, CLIENTS);
      await expect.poll(() => countClosed(slow)).toBeGreaterThan(0);
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          query: '{ ready }',
          operationName: null,
          extensions: { padding: 'x'.repeat(100_000) },
        }),
      });
      expect(await response.json()).toEqual({ data: { ready: true } });
      expect(countClosed(slow)).toBeLessThan(CLIENTS);
    },
  );
});

describe('A client that does not read its response', () => {
  it('is disconnected although it keeps sending', async () => {
    await using server = await startMultipartServer({}, { readWindow: WINDOW_MS });
    await makeLargeFile(server);
    const [wire] = (await openUnread(server, GET, 1)) as [Wire];
    const sending = setInterval(() => wire.socket.write('G'), WINDOW_MS / 10);
    await wire.closed();
    clearInterval(sending);
  });

  it('is left alone for as long as it reads enough', async () => {
    await using server = await startMultipartServer({}, { readWindow: WINDOW_MS });
    await makeLargeFile(server);
    using wire = await openWire(server.url);
    let bytes = 0;
    const began = performance.now();
    const done = new Promise<void>((resolve) => {
      wire.socket.on('data', (chunk) => {
        bytes += chunk.length;
        wire.socket.pause();
        if (performance.now() - began > 5 * WINDOW_MS) {
          resolve();
        }
        setTimeout(() => wire.socket.resume(), 1);
      });
    });
    await wire.send(GET);
    await done;
    expect(bytes).toBeLessThan(FILE_BYTES);
    expect(wire.socket.destroyed).toBe(false);
  });
});

describe('A rate', () => {
  it('is that of the last whole window', () => {
    const meter = new RateMeter(30_000, 8_000, 0, 5_000);
    meter.sample(29_999, 5_000);
    expect(meter.lastWindow).toBeUndefined();
    meter.sample(30_000, 20_000);
    expect(meter.lastWindow).toBe(500);
    meter.sample(60_000, 80_000);
    expect(meter.lastWindow).toBe(2_000);
  });

  it('falls from what was assumed while nothing comes, and not to zero when a window begins', () => {
    const meter = new RateMeter(30_000, 8_000, 0, 0);
    const rates = [0, 100, 7_900, 31_900, 31_900, 37_900].map((now) => {
      meter.sample(now, 0);
      return Math.round(meter.rate);
    });
    expect(rates).toEqual([8_000, 4_000, 100, 25, 25, 8]);
  });
});
