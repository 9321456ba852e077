import { expect, it } from 'vitest';
import { query } from '../support/graphql.ts';
import { portraitForTest } from '../support/portrait.ts';
import { openWire, type Wire } from '../support/wire.ts';

const MAX_OPEN_FILES = 300;
/** More connections than the process can open. */
const CLIENTS = 320;

it('With few open files, the server accepts fewer connections, serves new clients, and logs a warning', async () => {
  const server = await portraitForTest({
    runner: ['sh', '-c', `ulimit -n ${MAX_OPEN_FILES}; exec "$@"`, 'sh'],
  });
  const wires: Wire[] = [];
  for (let i = 0; i < CLIENTS; i += 1) {
    wires.push(await openWire(server.url));
  }
  expect((await query(server, '{ viewer { id } }')).status).toBe(200);
  await expect.poll(() => server.log()).toMatch(/"openFiles":300,"needed":4200,.*accepting 50 connections/);
});

it('With enough open files, the server logs no such warning', async () => {
  const server = await portraitForTest({ env: { MAX_CONNECTIONS: '10' } });
  expect((await query(server, '{ viewer { id } }')).status).toBe(200);
  expect(server.log()).not.toContain('open files');
});
