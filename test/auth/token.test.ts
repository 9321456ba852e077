import { execFile } from 'node:child_process';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AuthUnavailableError } from '../../src/auth/errors.ts';
import type { KeySetOptions } from '../../src/auth/key-set.ts';
import { identifyByToken } from '../../src/auth/token.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { concurrentIt, concurrently } from '../support/current-test.ts';
import { query, type TestUser, UPLOAD, upload } from '../support/graphql.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BOUNDARY, openWire, preludeFor, requestHead } from '../support/wire.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../src/boot.mjs');
const SECRET = 'a secret that only the two servers know';
const ENV = { AUTH_SECRET: SECRET, AUTH_ISSUER: 'https://login.example', AUTH_AUDIENCE: 'portrait' };
const ALICE: JWTPayload = {
  sub: 'alice',
  name: 'Alice Liddell',
  iss: 'https://login.example',
  aud: ['portrait', 'mail'],
  exp: secondsFromNow(3600),
};

function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

function without(claim: keyof JWTPayload): JWTPayload {
  return Object.fromEntries(Object.entries(ALICE).filter(([name]) => name !== claim));
}

function sign(claims: JWTPayload, secret = SECRET, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Returns the user whom the server identifies by these headers. */
async function viewerBy(server: Portrait, headers: Record<string, string>): Promise<TestUser | null> {
  const { data } = await query<{ viewer: TestUser | null }>(server, '{ viewer { id name } }', {}, headers);
  return data?.viewer ?? null;
}

/** Sends a mutation that the server rejects. @returns the status, the code and the message. */
async function rejectionOf(server: Portrait, headers: Record<string, string>) {
  const answer = await query(server, 'mutation { removeProfilePicture { id } }', {}, headers);
  const [error] = answer.errors ?? [];
  return { status: answer.status, code: error?.extensions.code, message: error?.message };
}

/** Returns a function that identifies a token's user by the issuer's key set. It returns the user's id. */
function identifyBy(issuer: Issuer, options: Partial<KeySetOptions> = {}) {
  const keys = { jwksUrl: issuer.url, logger: createLogger('silent'), ...options };
  const identify = identifyByToken({ keys });
  return async (token: string): Promise<string | undefined> =>
    (await identify({ authorization: `Bearer ${token}` })).viewer?.id;
}

/** A server with the shared secret. It logs as much as it can, because no log line may contain a token. */
let shared: Portrait;

beforeAll(async () => {
  shared = await startPortrait({ env: { ...ENV, LOG_LEVEL: 'trace' } });
});
afterAll(() => shared[Symbol.asyncDispose]());

describe('A token signed with the shared secret', () => {
  it('identifies the user: only that user’s picture changes, and the name is stored', async () => {
    const headers = bearer(await sign(ALICE));
    const { data } = await upload(shared, await pictureFile('cmyk.jpg'), {}, headers);
    expect(data?.uploadProfilePicture).toMatchObject({ id: 'alice', name: 'Alice Liddell' });
    expect(await viewerBy(shared, headers)).toEqual({ id: 'alice', name: 'Alice Liddell' });
    const bob = bearer(await sign({ ...ALICE, sub: 'bob', name: undefined }));
    expect(await viewerBy(shared, bob)).toEqual({ id: 'bob', name: null });
    await query(shared, 'mutation { removeProfilePicture { id } }', {}, bob);
    const users = '{ users(ids: ["alice", "bob"]) { name profilePicture { fileName } } }';
    expect((await query(shared, users)).data).toEqual({
      users: [
        { name: 'Alice Liddell', profilePicture: { fileName: 'cmyk.jpg' } },
        { name: null, profilePicture: null },
      ],
    });
  });

  it('is accepted in the configured cookie, but the Authorization header takes precedence', async () => {
    const server = await portraitForTest({ env: { ...ENV, AUTH_COOKIE: 'session' } });
    const [alice, bob] = [await sign(ALICE), await sign({ ...ALICE, sub: 'bob', name: 'Bob' })];
    const cookie = { Cookie: `theme=dark; session=${alice}; other=1` };
    expect(await viewerBy(server, cookie)).toMatchObject({ id: 'alice' });
    expect(await viewerBy(server, { ...cookie, ...bearer(bob) })).toMatchObject({ id: 'bob' });
    expect(await viewerBy(server, { ...cookie, Authorization: 'Basic YTpi' })).toMatchObject({ id: 'alice' });
    expect(await viewerBy(server, { Cookie: `other=${alice}` })).toBeNull();
    const page = await fetch(server.url, { headers: cookie });
    expect(await page.text()).toContain('Alice Liddell');
    expect(page.headers.get('Cache-Control')).toBe('private, no-cache');
  });

  it('is ignored in cookies if no cookie is configured', async () => {
    expect(await viewerBy(shared, { Cookie: `session=${await sign(ALICE)}` })).toBeNull();
  });

  it('is accepted for half a minute after it expires, because clocks differ', async () => {
    expect(await viewerBy(shared, bearer(await sign({ ...ALICE, exp: secondsFromNow(-20) })))).not.toBeNull();
  });
});

describe('A client without a valid token', () => {
  it.for<[what: string, token: () => string | Promise<string>, sentence: RegExp]>([
    [
      'another secret',
      () => sign(ALICE, 'a secret that the server does not know'),
      /signature verification failed/,
    ],
    ['an expiry in the past', () => sign({ ...ALICE, exp: secondsFromNow(-60) }), /has expired/],
    ['a start in the future', () => sign({ ...ALICE, nbf: secondsFromNow(600) }), /"nbf"/],
    ['no expiry', () => sign(without('exp')), /"exp"/],
    ['another issuer', () => sign({ ...ALICE, iss: 'https://evil.example' }), /"iss"/],
    ['another audience', () => sign({ ...ALICE, aud: 'mail' }), /"aud"/],
    ['no user id', () => sign(without('sub')), /"sub"/],
    ['an empty user id', () => sign({ ...ALICE, sub: '' }), /"sub"/],
    ['a user id of 256 characters', () => sign({ ...ALICE, sub: 'x'.repeat(256) }), /"sub"/],
    ['a user id with a NUL', () => sign({ ...ALICE, sub: 'alice\0' }), /"sub"/],
    ['a user id with half a surrogate pair', () => sign({ ...ALICE, sub: 'alice\ud83d' }), /"sub"/],
    ['the algorithm "none"', () => new UnsecuredJWT(ALICE).encode(), /not accepted/],
    ['another algorithm', () => sign(ALICE, SECRET.repeat(2), 'HS512'), /"alg"/],
    ['a changed payload', async () => (await sign(ALICE)).replace(/\.(.{8})/, '.AAAAAAAA'), /not accepted/],
    ['an invalid format', () => 'not.a.token', /not accepted/],
  ])('can read but not write: a token with %s', async ([, token, sentence]) => {
    const headers = bearer(await token());
    expect(await viewerBy(shared, headers)).toBeNull();
    expect(await rejectionOf(shared, headers)).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(sentence),
    });
  });

  it('is asked for a Bearer token', async () => {
    expect(await rejectionOf(shared, {})).toMatchObject({
      status: 401,
      message: 'You are not signed in. Sign in and try again.',
    });
    const { headers } = await query(shared, 'mutation { restoreProfilePicture { id } }');
    expect(headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  it('cannot upload, and the file is not read, let alone stored', async () => {
    using wire = await openWire(shared.url);
    await wire.send(`${requestHead({ 'Content-Length': 5_000_000 })}${preludeFor(UPLOAD)}--${BOUNDARY}\r\n`);
    expect((await wire.response()).status).toBe(401);
    expect(await shared.uploads()).toEqual([]);
  });

  it('leaves no token in the log', async () => {
    const token = await sign(ALICE, 'a secret that the server does not know');
    await rejectionOf(shared, bearer(token));
    await fetch(shared.url, { headers: bearer(token) });
    for (const part of [token, token.split('.')[1] as string, SECRET]) {
      expect(shared.log()).not.toContain(part);
    }
  });
});

describe('A token signed with a key of the issuer’s key set', () => {
  it('is accepted: RS256, PS256, ES256 and EdDSA, with one download, and still if the key set is unavailable', async () => {
    const issuer = await startIssuer();
    const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
    const keys = await Promise.all(algorithms.map((alg) => issuer.addKey(alg, alg)));
    const server = await portraitForTest({ env: { AUTH_JWKS_URL: issuer.url } });
    for (const key of [...keys, ...keys]) {
      expect(await viewerBy(server, bearer(await key.sign(ALICE)))).toMatchObject({ id: 'alice' });
    }
    expect(issuer.requestCount()).toBe(1);
    issuer.stop();
    for (const key of keys) {
      expect(await viewerBy(server, bearer(await key.sign(ALICE)))).toMatchObject({ id: 'alice' });
    }
  });

  it('is accepted after one more download if its key was added after the first', async () => {
    const issuer = await startIssuer();
    const first = await issuer.addKey('one', 'ES256');
    const viewerOf = identifyBy(issuer, { cooldown: 0 });
    expect(await viewerOf(await first.sign(ALICE))).toBe('alice');
    const second = await issuer.addKey('two', 'ES256');
    expect(await viewerOf(await second.sign({ ...ALICE, sub: 'bob' }))).toBe('bob');
    expect(await viewerOf(await first.sign(ALICE))).toBe('alice');
    expect(issuer.requestCount()).toBe(2);
  });

  it('is accepted from either of two keys without an id, and from no other key', async () => {
    const [issuer, other] = await Promise.all([startIssuer(), startIssuer()]);
    const first = await issuer.addKey('', 'ES256');
    const second = await issuer.addKey('', 'ES256');
    const stranger = await other.addKey('', 'ES256');
    const viewerOf = identifyBy(issuer);
    for (const key of [first, second]) {
      expect(await viewerOf(await key.sign(ALICE))).toBe('alice');
    }
    expect(await viewerOf(await stranger.sign(ALICE))).toBeUndefined();
    expect(await viewerOf(await first.sign({ ...ALICE, exp: 1 }))).toBeUndefined();
  });

  it('is accepted without a key id, although another key is too short to be used', async () => {
    const issuer = await startIssuer();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    const key = await issuer.addKey('', 'RS256');
    issuer.respondWith(200, JSON.stringify({ keys: [{ ...weak, alg: 'RS256' }, key.jwk] }));
    expect(await identifyBy(issuer)(await key.sign(ALICE))).toBe('alice');
  });

  it('is rejected if the key is too short, with one warning for many tokens', async () => {
    const issuer = await startIssuer();
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    issuer.respondWith(
      200,
      JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' }] }),
    );
    // jose refuses to sign with such a short key.
    const base64 = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${base64({ alg: 'RS256', kid: 'weak' })}.${base64(ALICE)}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
    const server = await portraitForTest({ env: { AUTH_JWKS_URL: issuer.url } });
    const headers = bearer(`${signed}.${signature}`);
    for (let token = 0; token < 3; token += 1) {
      expect(await rejectionOf(server, headers)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      expect(await viewerBy(server, headers)).toBeNull();
    }
    await expect.poll(() => server.log()).toContain('2048 bits');
    expect(JSON.parse(server.log())).toMatchObject({
      level: 40,
      tokens: 1,
      kid: 'weak',
      reason: 'RS256 requires key modulusLength to be 2048 bits or larger',
      msg: 'Rejecting tokens whose key in the key set is unusable; ask the issuer to replace the key',
    });
    expect(server.log()).not.toContain('stack');
  });

  it('is accepted if its key was added after the clock was set back by a year', async () => {
    const issuer = await startIssuer();
    const first = await issuer.addKey('one', 'ES256');
    const viewerOf = identifyBy(issuer);
    expect(await viewerOf(await first.sign(ALICE))).toBe('alice');
    const lastYear = Date.now() - 365 * 24 * 3600 * 1000;
    vi.spyOn(Date, 'now').mockReturnValue(lastYear);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const second = await issuer.addKey('two', 'ES256');
    expect(await viewerOf(await second.sign({ ...ALICE, sub: 'bob' }))).toBe('bob');
    expect(await viewerOf(await first.sign(ALICE))).toBe('alice');
    expect(issuer.requestCount()).toBe(2);
  });

  it('is rejected if another issuer signed it, and does not cause repeated downloads', async () => {
    const [issuer, other] = await Promise.all([startIssuer(), startIssuer()]);
    const key = await issuer.addKey('one', 'ES256');
    const stranger = await other.addKey('two', 'ES256');
    const viewerOf = identifyBy(issuer);
    expect(await viewerOf(await key.sign(ALICE))).toBe('alice');
    for (let time = 0; time < 5; time += 1) {
      expect(await viewerOf(await stranger.sign(ALICE))).toBeUndefined();
    }
    expect(issuer.requestCount()).toBe(1);
  });

  it('is rejected if it is signed with the public key as a secret, or not signed at all', async () => {
    const issuer = await startIssuer();
    const { jwk } = await issuer.addKey('one', 'RS256');
    const viewerOf = identifyBy(issuer);
    for (const secret of [JSON.stringify(jwk), jwk.n as string]) {
      expect(await viewerOf(await sign(ALICE, secret))).toBeUndefined();
    }
    expect(await viewerOf(new UnsecuredJWT(ALICE).encode())).toBeUndefined();
  });

  it.concurrent.for<[what: string, answer: (issuer: Issuer) => void]>([
    ['cannot be reached', (issuer) => issuer.stop()],
    ['returns 500', (issuer) => issuer.respondWith(500, '')],
    ['is not JSON', (issuer) => issuer.respondWith(200, '<h1>Login</h1>')],
    ['is JSON without keys', (issuer) => issuer.respondWith(200, '{"error":"x"}')],
    ['redirects', (issuer) => issuer.respondWith(302, '')],
  ])(
    'cannot be checked while the key set %s, and is accepted afterwards',
    concurrently(async ([, breakKeySet], { expect }) => {
      const issuer = await startIssuer();
      const token = await (await issuer.addKey('one', 'ES256')).sign(ALICE);
      let log = '';
      const logger = createLogger('trace', {
        write(line) {
          log += line;
        },
      });
      const viewerOf = identifyBy(issuer, { logger });
      breakKeySet(issuer);
      await expect(viewerOf(token)).rejects.toThrow(AuthUnavailableError);
      expect(log).toContain('Could not download the key set');
      for (const part of token.split('.')) {
        expect(log).not.toContain(part);
      }
      await issuer.recover();
      await expect.poll(() => viewerOf(token).catch(() => undefined)).toBe('alice');
    }),
  );

  concurrentIt(
    'gets 503 while the key set is unavailable, and is accepted afterwards',
    async ({ expect }) => {
      const issuer = await startIssuer();
      const key = await issuer.addKey('one', 'ES256');
      const server = await portraitForTest({ env: { AUTH_JWKS_URL: issuer.url, AUTH_COOKIE: 'session' } });
      const token = await key.sign(ALICE);
      const headers = bearer(token);
      issuer.stop();
      const answer = await upload(server, await pictureFile('cmyk.jpg'), {}, headers);
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '2']);
      expect(answer.errors?.[0]?.extensions).toEqual({ code: 'AUTH_UNAVAILABLE', retryAfter: 2 });
      expect((await query(server, '{ viewer { id } }', {}, headers)).status).toBe(503);
      expect((await fetch(server.url, { headers })).status).toBe(503);
      const byCookie = await query(server, '{ viewer { id } }', {}, { Cookie: `session=${token}` });
      expect(byCookie.errors?.[0]?.extensions.code).toBe('AUTH_UNAVAILABLE');
      await expect.poll(() => server.log()).toContain('Could not download the key set');
      for (const part of token.split('.')) {
        expect(server.log()).not.toContain(part);
      }
      // A request without a token needs no key.
      expect((await query(server, '{ viewer { id } }')).data).toEqual({ viewer: null });
      expect(await server.uploads()).toEqual([]);
      await issuer.recover();
      await expect.poll(() => viewerBy(server, headers)).toMatchObject({ id: 'alice' });
    },
  );
});

describe('`npm run token`', () => {
  const printToken = async (args: readonly string[], env: Record<string, string>) => {
    const cwd = await temporaryFolder();
    return run(process.execPath, [MAIN, 'token', ...args], { cwd, env: { ...env } });
  };

  it('prints a token that the server accepts for that user', async () => {
    const { stdout } = await printToken(['alice', 'Alice Liddell'], ENV);
    expect(await viewerBy(shared, bearer(stdout.trim()))).toEqual({ id: 'alice', name: 'Alice Liddell' });
  });

  it('prints a token with scopes', async () => {
    const { stdout } = await printToken(['mod', 'Mod', 'portrait:moderate', 'portrait:write'], ENV);
    const payload = Buffer.from(stdout.split('.')[1] as string, 'base64url').toString();
    expect(JSON.parse(payload)).toMatchObject({ sub: 'mod', scope: 'portrait:moderate portrait:write' });
    const unknown = printToken(['mod', 'Mod', 'portrait:read'], ENV);
    await expect(unknown).rejects.toThrow('The scopes are portrait:moderate and portrait:write.');
  });

  it.for([
    { what: 'without a secret', args: ['alice'], env: {} },
    { what: 'without a user', args: [], env: ENV },
  ])('reports what it needs if run $what', async ({ args, env }) => {
    await expect(printToken(args, env)).rejects.toThrow('A token needs AUTH_SECRET and a user id');
  });
});
