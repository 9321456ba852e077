import { expect, it } from 'vitest';
import { query, uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { openWire, requestHead } from '../support/wire.ts';

const MAX_IN_PROGRESS = 2;

it('A client behind a proxy gets 429 above its limit of requests in progress, until one of them ends', async () => {
  const server = await portraitForTest({
    env: { TRUST_PROXY: 'loopback', MAX_CONNECTIONS_PER_ADDRESS: String(MAX_IN_PROGRESS) },
  });
  const picture = (await uploaded(server, await pictureFile('photo.webp'))).profilePicture.url;
  const askForPicture = async () =>
    (await fetch(picture, { headers: { 'X-Forwarded-For': '203.0.113.7' } })).status;
  // The second request brings the picture into memory.
  expect([await askForPicture(), await askForPicture(), await askForPicture()]).toEqual([200, 200, 200]);
  const ask = (client: string) => query(server, '{ viewer { id } }', {}, { 'X-Forwarded-For': client });
  const busy = await Promise.all(Array.from({ length: MAX_IN_PROGRESS }, () => openWire(server.url)));
  for (const wire of busy) {
    await wire.send(requestHead({ 'X-Forwarded-For': '203.0.113.7', 'Content-Length': 1000 }));
  }
  await expect.poll(async () => (await ask('203.0.113.7')).status).toBe(429);
  const refused = await ask('203.0.113.7');
  expect(refused.errors?.[0]).toMatchObject({ extensions: { code: 'RATE_LIMITED', retryAfter: 1 } });
  const page = await fetch(`${server.url}/`, { headers: { 'X-Forwarded-For': '203.0.113.7' } });
  expect([page.status, page.headers.get('Retry-After')]).toEqual([429, '1']);
  expect(await askForPicture()).toBe(429);
  expect((await ask('203.0.113.8')).status).toBe(200);
  busy[0]?.socket.destroy();
  await expect.poll(async () => (await ask('203.0.113.7')).status).toBe(200);
});
