import { type JWTPayload, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AuthUnavailableError } from '../../src/auth/errors.ts';
import { identifyByToken, type TokenOptions } from '../../src/auth/token.ts';
import { VerifiedTokens } from '../../src/auth/verified-tokens.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { startIssuer } from '../support/issuer.ts';
import { usedHeap } from '../support/used-heap.ts';

const SECRET = 'a secret that only the two servers know';
const ALICE = { sub: 'alice', name: 'Alice Liddell', exp: secondsFromNow(3600) };
const MIB = 1024 * 1024;
/** Seconds by which the server tolerates that its clock and the issuer's differ. */
const TOLERANCE_SECONDS = 30;

function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** Stops the clock for the current test, at a whole second. */
function stopClock() {
  const stoppedAt = secondsFromNow(0);
  vi.useFakeTimers({ toFake: ['Date'], now: stoppedAt * 1000 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return {
    /** Unix time in seconds. */
    stoppedAt,
    moveTo: (seconds: number) => void vi.setSystemTime((stoppedAt + seconds) * 1000),
  };
}

function sign(claims: JWTPayload, secret = SECRET): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

/** Returns a function that identifies a token's user. `isKnown` returns whether it needs no verification. */
function identifyBy(keys: TokenOptions['keys']) {
  const identify = identifyByToken({ keys });
  const headers = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    viewerOf: async (token: string) => (await identify(headers(token))).viewer?.id,
    async isKnown(token: string) {
      const identity = identify(headers(token));
      await identity;
      return !(identity instanceof Promise);
    },
  };
}

/** Identifies users by the key set of a new issuer, whose key `one` signed the token. */
async function identifyByIssuer() {
  const issuer = await startIssuer();
  const key = await issuer.addKey('one', 'ES256');
  const keys = { jwksUrl: issuer.url, cooldown: 0, logger: createLogger('silent') };
  return { issuer, token: await key.sign(ALICE), ...identifyBy(keys) };
}

describe('A token that the server has verified', () => {
  it('needs no second verification, whatever its case of "Bearer", and keeps its scopes', async () => {
    const identify = identifyByToken({ keys: { secret: SECRET } });
    const token = await sign({ ...ALICE, scope: 'openid portrait:write', scp: ['portrait:moderate'] });
    const scopes = ['portrait:moderate', 'portrait:write'];
    const identity = { viewer: { id: 'alice', name: 'Alice Liddell', scopes } };
    expect(await identify({ authorization: `Bearer ${token}` })).toEqual(identity);
    expect(identify({ authorization: `bearer  ${token}` })).toEqual(identity);
  });

  it('does not vouch for another signature of the same claims', async () => {
    const { viewerOf } = identifyBy({ secret: SECRET });
    const token = await sign(ALICE);
    const [head, claims] = token.split('.');
    const [, , signature] = (await sign(ALICE, 'a secret that the server does not know')).split('.');
    expect(await viewerOf(token)).toBe('alice');
    expect(await viewerOf(`${head}.${claims}.${signature}`)).toBeUndefined();
    expect(await viewerOf(`${head}.${claims}.`)).toBeUndefined();
    expect(await viewerOf(token)).toBe('alice');
  });

  it('is rejected once the server has downloaded a key set without its key', async () => {
    const { issuer, token, viewerOf, isKnown } = await identifyByIssuer();
    expect(await viewerOf(token)).toBe('alice');
    expect(await viewerOf(token)).toBe('alice');
    expect(await isKnown(token)).toBe(true);
    const other = await issuer.addKey('two', 'ES256');
    issuer.respondWith(200, JSON.stringify({ keys: [other.jwk] }));
    expect(await viewerOf(token)).toBe('alice');
    expect(await viewerOf(await other.sign({ ...ALICE, sub: 'bob' }))).toBe('bob');
    expect(await viewerOf(token)).toBeUndefined();
  });

  it('needs no second verification after a download of the same keys', async () => {
    const { issuer, token, viewerOf, isKnown } = await identifyByIssuer();
    const stranger = await (await (await startIssuer()).addKey('two', 'ES256')).sign(ALICE);
    expect(await viewerOf(token)).toBe('alice');
    expect(await viewerOf(token)).toBe('alice');
    const downloads = issuer.requestCount();
    expect(await viewerOf(stranger)).toBeUndefined();
    expect(issuer.requestCount()).toBeGreaterThan(downloads);
    expect(await isKnown(token)).toBe(true);
  });

  it('cannot be checked once its key set is ten minutes old and the issuer is unavailable', async () => {
    const { issuer, token, viewerOf } = await identifyByIssuer();
    expect(await viewerOf(token)).toBe('alice');
    expect(await viewerOf(token)).toBe('alice');
    issuer.stop();
    expect(await viewerOf(token)).toBe('alice');
    const later = Date.now() + 11 * 60 * 1000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    await expect(viewerOf(token)).rejects.toThrow(AuthUnavailableError);
  });
});

describe('As time passes,', () => {
  it('a verified token is rejected when it expires', async () => {
    const clock = stopClock();
    const { viewerOf, isKnown } = identifyBy({ secret: SECRET });
    const token = await sign({ ...ALICE, exp: clock.stoppedAt + 60 - TOLERANCE_SECONDS });
    clock.moveTo(59);
    expect(await viewerOf(token)).toBe('alice');
    expect(await isKnown(token)).toBe(true);
    clock.moveTo(60);
    expect(await viewerOf(token)).toBeUndefined();
  });

  it('a rejected token is accepted when it becomes valid', async () => {
    const clock = stopClock();
    const { viewerOf } = identifyBy({ secret: SECRET });
    const token = await sign({ ...ALICE, nbf: clock.stoppedAt + 60 + TOLERANCE_SECONDS });
    clock.moveTo(59);
    expect(await viewerOf(token)).toBeUndefined();
    clock.moveTo(60);
    expect(await viewerOf(token)).toBe('alice');
  });
});

describe('The memory of verified tokens', () => {
  it('stays within its bound, and the least recently used token is verified again', () => {
    const keys = {};
    const verified = new VerifiedTokens(0, MIB);
    const add = (token: string) => {
      const identity = { viewer: { id: token, name: 'x'.repeat(255), scopes: [] } };
      verified.add(token, { identity, keys, notBefore: 0, expiresAt: secondsFromNow(3600) });
    };
    for (let count = 0; count < 10_000; count += 1) {
      add(`token ${count}`);
      expect(verified.find('token 0', keys)?.viewer.id).toBe('token 0');
    }
    expect(verified.bytes).toBeLessThanOrEqual(MIB);
    expect(verified.bytes).toBeGreaterThan(0.9 * MIB);
    expect(verified.find('token 1', keys)).toBeUndefined();
    expect(verified.find('token 9999', keys)?.viewer.id).toBe('token 9999');
    expect(verified.find('token 9999', {})).toBeUndefined();
  });

  it('keeps neither the tokens nor the end of a long name', async () => {
    const { viewerOf, isKnown } = identifyBy({ secret: SECRET });
    const tokens = async (from: number) => {
      let token = '';
      for (let count = from; count < from + 1_000; count += 1) {
        token = await sign({ ...ALICE, sub: `user-${count}`, name: 'n'.repeat(12_000) });
        await viewerOf(token);
      }
      expect(await isKnown(token)).toBe(true);
    };
    await tokens(0);
    const before = usedHeap();
    await tokens(1_000);
    expect(usedHeap() - before).toBeLessThan(5 * MIB);
  });
});
