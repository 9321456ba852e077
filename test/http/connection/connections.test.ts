import { expect, it } from 'vitest';
import { uploadBytes } from '../../hostile/upload-bytes.ts';
import { query } from '../../support/graphql.ts';
import { portraitForTest } from '../../support/portrait.ts';
import { openWire, type Wire } from '../../support/wire.ts';

const MAX_CONNECTIONS = 10;

it('Idle connections above the limit do not keep new clients out, and the log warns once', async () => {
  const server = await portraitForTest({ env: { MAX_CONNECTIONS: String(MAX_CONNECTIONS) } });
  const wires: Wire[] = [];
  for (let i = 0; i < 2 * MAX_CONNECTIONS; i += 1) {
    wires.push(await openWire(server.url));
  }
  expect((await query(server, '{ viewer { id } }')).status).toBe(200);
  await Promise.all(wires.slice(0, MAX_CONNECTIONS).map((wire) => wire.closed()));
  await expect
    .poll(() => server.log().match(/Connection limit \(10\) reached; disconnecting the least active/g))
    .toHaveLength(1);
});

it.each([
  ['idle connections', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  [
    'slow bodies',
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{',
  ],
])('An upload in progress survives a flood of %s', async (_what, flood) => {
  const server = await portraitForTest({ env: { MAX_CONNECTIONS: String(MAX_CONNECTIONS) } });
  const { bytes } = await uploadBytes();
  using upload = await openWire(server.url);
  const step = Math.ceil(bytes.length / (4 * MAX_CONNECTIONS));
  for (let sent = 0; sent < bytes.length; sent += step) {
    await upload.send(bytes.subarray(sent, sent + step));
    const wire = await openWire(server.url);
    await wire.send(flood);
  }
  expect((await upload.response()).status).toBe(200);
});
