import { describe, expect, it } from 'vitest';
import { RateLimitedError } from '../../src/auth/errors.ts';
import { createWindowLimit } from '../../src/auth/window-limit.ts';

const MINUTE_MS = 60_000;

describe('A window limit', () => {
  it('rejects a key that has used all its points, states when to retry, and counts each key separately', async () => {
    const take = createWindowLimit('requests', { points: 2, duration: MINUTE_MS });
    await take('a');
    await take('a');
    const error = await take('a').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect((error as RateLimitedError).retryAfter).toBeGreaterThan(50);
    expect((error as RateLimitedError).retryAfter).toBeLessThanOrEqual(60);
    await take('b');
  });

  it('starts again when the window ends', async () => {
    const take = createWindowLimit('requests', { points: 1, duration: 20 });
    await take('a');
    await expect(take('a')).rejects.toThrow(RateLimitedError);
    await expect.poll(() => take('a').catch((caught: unknown) => caught)).toBeUndefined();
  });

  it('forgets the least recently used key when there are too many keys', async () => {
    const take = createWindowLimit('requests', { points: 1, duration: MINUTE_MS }, 3);
    for (const key of ['a', 'b', 'c', 'd']) {
      await take(key);
    }
    await expect(take('d')).rejects.toThrow(RateLimitedError);
    await expect(take('c')).rejects.toThrow(RateLimitedError);
    await take('a');
  });
});
