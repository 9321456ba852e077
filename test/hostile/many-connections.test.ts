import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/graphql.ts';
import { openFilesOf, residentBytesOf } from '../support/server-usage.ts';
import { type MeasuredPortrait, startMeasured } from '../support/unharmed.ts';
import { openWire } from '../support/wire.ts';

// More of them: DROPPED_CONNECTIONS=1000000 npx vitest run test/hostile/many-connections.test.ts --testTimeout=3600000
const CONNECTIONS = Number(process.env['DROPPED_CONNECTIONS'] ?? 10_000);
const AT_ONCE = 500;
const READERS = 50;
/** What 2,500 connections may cost for good. A request that is not let go of takes twice that. */
const FLAT_BYTES = 2.5 * 1024 * 1024;

let server: MeasuredPortrait;

beforeAll(async () => {
  server = await startMeasured();
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
const LARGE_FILE = get('/static/page/graphiql/graphiql.js');

/** What the clients say before they drop their connections. */
const LAST_WORDS = [
  '',
  'G',
  '\x00',
  get('/health'),
  get('/static/style.css'),
  get('/graphql?query={viewer{id}}'),
];
/** All others go by RST: who ends by FIN keeps its port for a minute. */
const FIN_EVERY = 10;

it(`${CONNECTIONS} connections that are opened and dropped leave nothing`, async () => {
  const memory: number[] = [];
  for (let opened = 0; opened < CONNECTIONS; opened += AT_ONCE) {
    const wires = await Promise.all(Array.from({ length: AT_ONCE }, () => openWire(server.url)));
    for (const [index, { socket }] of wires.entries()) {
      const leave = () => (index % FIN_EVERY === 0 ? socket.destroy() : socket.resetAndDestroy());
      socket.write(LAST_WORDS[index % LAST_WORDS.length] as string, leave);
    }
    await Promise.all(wires.map((wire) => wire.closed()));
    await haveAllAccepted();
    // They are not more than the server has yet to see end.
    await expect.poll(() => openFilesOf(server.pid)).toBeLessThan(AT_ONCE);
    memory.push(await residentBytesOf(server.pid));
  }
  await server.expectUnharmed();
  const growth = growthOfLastQuarters(memory);
  expect(Math.min(...growth), `${growth}`).toBeLessThan(FLAT_BYTES);
});

it(`${READERS} clients that ask for much and read nothing hold a file each, and no one else up`, async () => {
  const wires = await Promise.all(Array.from({ length: READERS }, () => openWire(server.url)));
  const document = `{ users(ids: [${'"a",'.repeat(100)}]) { id avatarUrl } }`;
  const wanted = `GET /graphql?${new URLSearchParams({ query: document })} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  for (const { socket } of wires) {
    socket.pause();
    socket.write(LARGE_FILE.repeat(3) + wanted.repeat(3) + LARGE_FILE);
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
 * Who connects is accepted in turn, so when this one is answered nobody waits before it. At most 511 may wait at once, and
 * who finds no room tries again a second later.
 */
async function haveAllAccepted(): Promise<void> {
  using wire = await openWire(server.url);
  await wire.send(get('/health'));
  expect((await wire.answer()).status).toBe(200);
}

/** V8 and malloc take memory in steps, now and then; what leaks grows in each quarter. */
function growthOfLastQuarters(samples: readonly number[]): number[] {
  const at = (part: number) => samples[Math.round(part * (samples.length - 1))] as number;
  return [at(3 / 4) - at(1 / 2), at(1) - at(3 / 4)];
}
