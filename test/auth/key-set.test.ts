import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { describe, expect, it, type TestContext } from 'vitest';
import { AuthUnavailableError } from '../../src/auth/errors.ts';
import { identifyByToken } from '../../src/auth/token.ts';
import type { Identify } from '../../src/auth/viewer.ts';
import { concurrentIt } from '../support/current-test.ts';
import { startIssuer } from '../support/issuer.ts';

const CLAIMS = { sub: 'alice', exp: Math.floor(Date.now() / 1000) + 3600 };
const MIB = 1024 * 1024;

interface LogLine {
  readonly msg: string;
  readonly err?: { readonly message: string };
}

/** Returns a function that identifies users by a key set, and the lines that it logs. */
function identifyByKeySet(jwksUrl: string, cooldown?: number): { identify: Identify; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const logger = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  const keys = { jwksUrl, logger, ...(cooldown !== undefined && { cooldown }) };
  return { identify: identifyByToken({ keys }), lines };
}

/** Returns the id of the token's user, null for a rejected token, or the class of the error. */
async function outcomeOf(identify: Identify, token: string): Promise<string | null> {
  try {
    return (await identify({ authorization: `Bearer ${token}` })).viewer?.id ?? null;
  } catch (error) {
    return (error as Error).name;
  }
}

/** Returns a token that names this key. The key is in no key set, so the signature is never checked. */
function forgedToken(kid: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'ES256', kid })}.${encode(CLAIMS)}.AAAA`;
}

/** Serves a hostile key set until the given test ends. Several tests run concurrently. */
async function serve({ onTestFinished }: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}

// All tests of this file run concurrently, because most of them wait for seconds.
describe.concurrent('A key set URL that fails', () => {
  concurrentIt(
    'is requested once per pause, and logged once until the reason changes or it recovers',
    async ({ expect }) => {
      const issuer = await startIssuer();
      const key = await issuer.addKey('one', 'ES256');
      const token = await key.sign(CLAIMS);
      const { identify, lines } = identifyByKeySet(issuer.url);

      issuer.respondWith(500, '');
      for (let burst = 0; burst < 3; burst += 1) {
        const tokens = Array.from({ length: 100 }, (_, i) => forgedToken(`${burst} ${i}`));
        const outcomes = await Promise.all(tokens.map((forged) => outcomeOf(identify, forged)));
        expect(new Set(outcomes)).toEqual(new Set([AuthUnavailableError.name]));
      }
      expect(issuer.requestCount()).toBe(1);
      await expect.poll(() => outcomeOf(identify, token).then(issuer.requestCount)).toBe(2);
      expect(lines.map(({ err }) => err?.message)).toEqual([
        'The key set URL returned the status 500 instead of 200.',
      ]);

      issuer.respondWith(200, '<h1>Login</h1>');
      await expect.poll(() => outcomeOf(identify, token).then(issuer.requestCount)).toBe(3);
      expect(lines.map(({ err }) => err?.message)[1]).toBe(
        'The key set URL returned a response that is not JSON.',
      );

      await issuer.recover();
      await expect.poll(() => outcomeOf(identify, token)).toBe('alice');
      expect(lines.slice(2).map(({ msg }) => msg)).toEqual(['Downloaded the key set after a failure']);
    },
  );

  concurrentIt('leaves downloaded keys valid, even while tokens name unknown keys', async ({ expect }) => {
    const issuer = await startIssuer();
    const key = await issuer.addKey('one', 'ES256');
    const token = await key.sign(CLAIMS);
    const { identify } = identifyByKeySet(issuer.url, 0);
    expect(await outcomeOf(identify, token)).toBe('alice');
    issuer.stop();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await outcomeOf(identify, forgedToken('two'))).toBe(AuthUnavailableError.name);
      expect(await outcomeOf(identify, token)).toBe('alice');
    }
  });
});

describe.concurrent('A valid key set', () => {
  concurrentIt('is downloaded once for tokens that arrive together', async ({ expect }) => {
    const issuer = await startIssuer();
    const key = await issuer.addKey('one', 'ES256');
    const token = await key.sign(CLAIMS);
    const { identify } = identifyByKeySet(issuer.url);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(identify, token)));
    expect(new Set(outcomes)).toEqual(new Set(['alice']));
    expect(issuer.requestCount()).toBe(1);
  });

  concurrentIt('is downloaded again within seconds after the issuer changes its keys', async ({ expect }) => {
    const issuer = await startIssuer();
    const first = await issuer.addKey('one', 'ES256');
    const { identify } = identifyByKeySet(issuer.url);
    expect(await outcomeOf(identify, await first.sign(CLAIMS))).toBe('alice');
    const token = await (await issuer.addKey('two', 'ES256')).sign(CLAIMS);
    await expect.poll(() => outcomeOf(identify, token)).toBe('alice');
    expect(issuer.requestCount()).toBe(2);
  });

  concurrentIt(
    'is downloaded again for a new key, at most once per cooldown, however many tokens name unknown keys',
    async ({ expect }) => {
      const issuer = await startIssuer();
      const first = await issuer.addKey('one', 'ES256');
      const cooldown = 1_000;
      const { identify } = identifyByKeySet(issuer.url, cooldown);
      expect(await outcomeOf(identify, await first.sign(CLAIMS))).toBe('alice');
      const beganAt = performance.now();
      for (let i = 0; i < 20; i += 1) {
        expect(await outcomeOf(identify, forgedToken(`unknown ${i}`))).toBeNull();
      }
      const token = await (await issuer.addKey('two', 'ES256')).sign(CLAIMS);
      for (let i = 0; (await outcomeOf(identify, token)) !== 'alice'; i += 1) {
        expect(await outcomeOf(identify, forgedToken(`unknown ${i}`))).toBeNull();
        await sleep(10);
      }
      const cooldowns = Math.ceil((performance.now() - beganAt) / cooldown);
      expect(issuer.requestCount()).toBeLessThanOrEqual(1 + cooldowns);
    },
  );
});

describe.concurrent('A key set is rejected', () => {
  it('after 256 KiB, and its connection is closed', async (test) => {
    const closed = Promise.withResolvers<void>();
    let sent = 0;
    const url = await serve(test, (_request, response) => {
      response.once('close', closed.resolve);
      sendForever(response, (bytes) => {
        sent += bytes;
      });
    });
    await expectRejection(url, 'The key set is larger than 262144 bytes.');
    await closed.promise;
    expect(sent).toBeLessThan(32 * MIB);
  });

  it('after 256 KiB of decompressed text, although the response is small', async (test) => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB, ' '));
    const url = await serve(test, (_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb);
    });
    await expectRejection(url, 'The key set is larger than 262144 bytes.');
  });

  it('if it trickles in for more than five seconds', async (test) => {
    const url = await serve(test, trickle);
    await expectRejection(url, 'The download of the key set timed out.');
  });

  it('if its URL redirects, and the endless body of the redirect is not read', async (test) => {
    const closed = Promise.withResolvers<void>();
    const url = await serve(test, (_request, response) => {
      response.once('close', closed.resolve);
      response.writeHead(302, { Location: '/elsewhere' });
      sendForever(response, () => {});
    });
    // The time limit would also close the connection of the redirect, but only after five seconds.
    const timeLimit = outcomeOf(identifyByKeySet(await serve(test, trickle)).identify, forgedToken('one'));
    await expectRejection(url, 'The key set URL returned the status 302 instead of 200.');
    const first = await Promise.race([closed.promise.then(() => 'closed'), timeLimit]);
    expect(first).toBe('closed');
  });

  it('if it has more than a hundred keys', async (test) => {
    const keys = Array.from({ length: 101 }, (_, i) => ({ kty: 'EC', kid: `${i}` }));
    const url = await serve(test, (_request, response) => void response.end(JSON.stringify({ keys })));
    await expectRejection(url, 'The key set has more than 100 keys.');
  });

  it.for([
    ['an array', '[]'],
    ['null', 'null'],
    ['a set of keys that are not objects', '{"keys":[1]}'],
    [
      'a set with a key nested 60,000 levels deep',
      `{"keys":[{"kty":${'['.repeat(60_000)}${']'.repeat(60_000)}}]}`,
    ],
  ])('if it is %s', async ([, body], test) => {
    const url = await serve(test, (_request, response) => void response.end(body));
    await expectRejection(url, 'The key set URL returned JSON that is not a JSON Web Key Set.');
  });
});

async function expectRejection(url: string, message: string): Promise<void> {
  const { identify, lines } = identifyByKeySet(url);
  expect(await outcomeOf(identify, forgedToken('one'))).toBe(AuthUnavailableError.name);
  expect(lines.map(({ err }) => err?.message)).toEqual([message]);
}

/** Sends a byte every 100 ms, without end. */
function trickle(_request: IncomingMessage, response: ServerResponse): void {
  response.write('{"keys":[');
  const drip = setInterval(() => response.write(' '), 100);
  response.once('close', () => clearInterval(drip));
}

/** Sends an endless body as fast as the client reads it. */
function sendForever(response: ServerResponse, onSent: (bytes: number) => void): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const send = () => {
    while (!response.destroyed && response.write(chunk)) {
      onSent(chunk.length);
    }
  };
  response.on('drain', send);
  send();
}
