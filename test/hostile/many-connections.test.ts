import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtFile } from '../support/built-file.ts';
import { query } from '../support/graphql.ts';
import { openFilesOf, residentBytesOf } from '../support/server-usage.ts';
import { type MeasuredPortrait, startMeasured } from '../support/unharmed.ts';
import { openWire } from '../support/wire.ts';

// For more connections:
// DROPPED_CONNECTIONS=1000000 npx vitest run test/hostile/many-connections.test.ts --testTimeout=3600000
const CONNECTIONS = Number(process.env['DROPPED_CONNECTIONS'] ?? 10_000);
const BATCH_SIZE = 500;
const IDLE_READERS = 50;
/** Maximum bytes of permanent memory growth from 2,500 connections. Leaked requests would add twice as much. */
const MAX_GROWTH_BYTES = 2.5 * 1024 * 1024;

let server: MeasuredPortrait;

beforeAll(async () => {
  server = await startMeasured();
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
const LARGE_FILE = get(builtFile('graphiql/graphiql.js'));

/** Bytes that the clients send before they drop their connections. */
const FINAL_BYTES = [
  '',
  'G',
  '\x00',
  get('/health'),
  get('/static/style.css'),
  get('/graphql?query={viewer{id}}'),
];
/** Interval of clients that close by FIN, which keeps their port in use for a minute. All others close by RST. */
const FIN_EVERY = 10;

it(`${CONNECTIONS} connections that are opened and dropped leave no trace`, async () => {
  const memory: number[] = [];
  for (let opened = 0; opened < CONNECTIONS; opened += BATCH_SIZE) {
    const wires = await Promise.all(Array.from({ length: BATCH_SIZE }, () => openWire(server.url)));
    for (const [index, { socket }] of wires.entries()) {
      const disconnect = () => (index % FIN_EVERY === 0 ? socket.destroy() : socket.resetAndDestroy());
      socket.write(FINAL_BYTES[index % FINAL_BYTES.length] as string, disconnect);
    }
    await Promise.all(wires.map((wire) => wire.closed()));
    await waitUntilAccepted();
    // The server may not yet have noticed the end of some connections.
    await expect.poll(() => openFilesOf(server.pid)).toBeLessThan(BATCH_SIZE);
    memory.push(await residentBytesOf(server.pid));
  }
  await server.expectUnharmed();
  const growth = growthOfLastQuarters(memory);
  expect(Math.min(...growth), `${growth}`).toBeLessThan(MAX_GROWTH_BYTES);
});

it(`${IDLE_READERS} clients that request large responses and read nothing do not block other clients`, async () => {
  const wires = await Promise.all(Array.from({ length: IDLE_READERS }, () => openWire(server.url)));
  const document = `{ users(ids: [${'"a",'.repeat(100)}]) { id avatarUrl } }`;
  const largeQuery = `GET /graphql?${new URLSearchParams({ query: document })} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  for (const { socket } of wires) {
    socket.pause();
    socket.write(LARGE_FILE.repeat(3) + largeQuery.repeat(3) + LARGE_FILE);
  }
  for (let round = 0; round < 10; round += 1) {
    expect((await query(server, '{ viewer { id } }')).status).toBe(200);
  }
  for (const { socket } of wires) {
    socket.resetAndDestroy();
  }
  await server.expectUnharmed();
});

/**
 * Waits until the server has accepted all earlier connections. It accepts them in order, so when this connection gets a
 * response, none is queued before it. At most 511 connections can be queued. A client that finds the queue full retries
 * a second later.
 */
async function waitUntilAccepted(): Promise<void> {
  using wire = await openWire(server.url);
  await wire.send(get('/health'));
  expect((await wire.response()).status).toBe(200);
}

/**
 * Returns the growth in the third and the fourth quarter of the samples. V8 and malloc reserve memory in occasional
 * steps, but a leak adds memory in both quarters.
 */
function growthOfLastQuarters(samples: readonly number[]): number[] {
  const at = (part: number) => samples[Math.round(part * (samples.length - 1))] as number;
  return [at(3 / 4) - at(1 / 2), at(1) - at(3 / 4)];
}
