import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { fetchKeySet } from '../../src/auth/fetch-key-set.ts';
import { identifyByToken } from '../../src/auth/token.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { testGrowth } from '../support/growth.ts';

const { publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);

/** Serves key sets by path: `/KEYS/BYTES` has that many keys, padded with spaces to that many bytes. */
const server = createServer(({ url = '' }, response) => {
  const [, keys, bytes] = url.split('/').map(Number);
  const keySet = { keys: Array.from({ length: keys ?? 0 }, (_, index) => ({ ...jwk, kid: `${index}` })) };
  response.end(JSON.stringify(keySet).padEnd(bytes ?? 0));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const urlOf = (keys: number, bytes: number) => `http://127.0.0.1:${port}/${keys}/${bytes}`;

const download = (url: string) =>
  fetchKeySet(url, {
    headers: new Headers(),
    method: 'GET',
    redirect: 'manual',
    signal: new AbortController().signal,
  });

/** Returns the work of checking a forged token, without the download of the key set. */
function checking(keys: number, header: object): () => Promise<unknown> {
  const identify = identifyByToken({ keys: { jwksUrl: urlOf(keys, 0), logger: createLogger('silent') } });
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'alice', exp: Math.floor(Date.now() / 1000) + 3600 };
  const signature = Buffer.alloc(64, 1).toString('base64url');
  const authorization = `Bearer ${encode({ alg: 'ES256', ...header })}.${encode(claims)}.${signature}`;
  const downloaded = identify({ authorization });
  return async () => {
    await downloaded;
    const { viewer } = await identify({ authorization });
    expect(viewer).toBeNull();
  };
}

testGrowth([
  { where: 'a key set with many keys', size: 50, work: (size) => () => download(urlOf(size, 0)) },
  { where: 'a key set with many bytes', size: 128 * 1024, work: (size) => () => download(urlOf(1, size)) },
  {
    where: 'a token without a key id, for a key set with many keys',
    size: 50,
    work: (size) => checking(size, {}),
  },
  {
    where: 'a token with an unknown key id, for a key set with many keys',
    size: 50,
    work: (size) => checking(size, { kid: 'unknown' }),
  },
]);

test.for([
  ['keys', urlOf(100, 0), urlOf(101, 0), 'The key set has more than 100 keys.'],
  ['bytes', urlOf(1, 262_144), urlOf(1, 262_145), 'The key set is larger than 262144 bytes.'],
] as const)('A key set with too many %s is rejected', async ([, accepted, rejected, message]) => {
  expect((await download(accepted)).status).toBe(200);
  await expect(download(rejected)).rejects.toThrow(message);
});
