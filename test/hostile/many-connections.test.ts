import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/graphql.ts';
import { type MeasuredPortrait, openFilesOf, startMeasured } from '../support/unharmed.ts';
import { openWire, type Wire } from '../support/wire.ts';

// More of them: DROPPED_CONNECTIONS=1000000 npx vitest run test/hostile/many-connections.test.ts --testTimeout=3600000
const CONNECTIONS = Number(process.env['DROPPED_CONNECTIONS'] ?? 10_000);
const AT_ONCE = 500;
const READERS = 50;

let server: MeasuredPortrait;

beforeAll(async () => {
  server = await startMeasured();
});
afterAll(() => server[Symbol.asyncDispose]());

const GET = 'GET /static/page/graphiql/graphiql.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

/** What becomes of a connection. Those that end by FIN keep their port for a minute, so they are the fewest. */
const FATES: readonly ((wire: Wire) => void)[] = [
  ({ socket }) => socket.resetAndDestroy(),
  ({ socket }) => socket.write('G', () => socket.resetAndDestroy()),
  ({ socket }) => socket.write(GET, () => socket.resetAndDestroy()),
  ({ socket }) => socket.write('\x00', () => socket.resetAndDestroy()),
  ({ socket }) => socket.destroy(),
];

it(`${CONNECTIONS} connections that are opened and dropped leave nothing`, async () => {
  for (let opened = 0; opened < CONNECTIONS; opened += AT_ONCE) {
    const wires = await Promise.all(Array.from({ length: AT_ONCE }, () => openWire(server.url)));
    for (const [index, wire] of wires.entries()) {
      FATES[index % FATES.length]?.(wire);
    }
    await Promise.all(wires.map((wire) => wire.closed()));
    // They are not more than the server has yet to see end.
    await expect.poll(() => openFilesOf(server)).toBeLessThan(AT_ONCE);
  }
  await server.expectUnharmed();
});

it(`${READERS} clients that ask for much and read nothing hold a file each, and no one else up`, async () => {
  const wires = await Promise.all(Array.from({ length: READERS }, () => openWire(server.url)));
  const document = `{ users(ids: [${'"a",'.repeat(100)}]) { id avatarUrl } }`;
  const wanted = `GET /graphql?${new URLSearchParams({ query: document })} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  for (const { socket } of wires) {
    socket.pause();
    socket.write(GET.repeat(3) + wanted.repeat(3) + GET);
  }
  for (let round = 0; round < 10; round += 1) {
    expect((await query(server, '{ viewer { id } }')).status).toBe(200);
  }
  for (const { socket } of wires) {
    socket.resetAndDestroy();
  }
  await server.expectUnharmed();
});
