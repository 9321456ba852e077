import { expect, it } from 'vitest';
import { query } from '../support/graphql.ts';
import { portraitForTest } from '../support/portrait.ts';
import { openWire } from '../support/wire.ts';

it('More connections than are allowed are closed at once, the others stay, and the log says so once', async () => {
  const server = await portraitForTest({ env: { MAX_CONNECTIONS: '3' } });
  const wires = await Promise.all(Array.from({ length: 3 }, () => openWire(server.url)));
  for (let i = 0; i < 5; i += 1) {
    using wire = await openWire(server.url);
    await wire.closed();
  }
  const [first, ...others] = wires;
  await first?.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
  expect((await first?.answer())?.status).toBe(200);
  await first?.closed();
  expect((await query(server, '{ viewer { id } }')).status).toBe(200);
  expect(server.log().match(/closed unanswered/g)).toHaveLength(1);
  for (const wire of others) {
    wire[Symbol.dispose]();
  }
});
