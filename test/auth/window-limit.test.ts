import { describe, expect, it } from 'vitest';
import { RateLimitedError } from '../../src/auth/errors.ts';
import { createWindowLimit } from '../../src/auth/window-limit.ts';

const MINUTE_MS = 60_000;

describe('A window limit', () => {
  it('rejects a key that has used all its points, states when to retry, and counts each key separately', () => {
    const take = createWindowLimit('requests', { points: 2, duration: MINUTE_MS });
    take('a');
    take('a');
    const error = errorOf(() => take('a'));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect((error as RateLimitedError).retryAfter).toBeGreaterThan(50);
    expect((error as RateLimitedError).retryAfter).toBeLessThanOrEqual(60);
    take('b');
  });

  it('starts again when the window ends', async () => {
    const take = createWindowLimit('requests', { points: 1, duration: 20 });
    take('a');
    expect(() => take('a')).toThrow(RateLimitedError);
    await expect.poll(() => errorOf(() => take('a'))).toBeUndefined();
  });

  it('forgets the least recently used key when there are too many keys', () => {
    const take = createWindowLimit('requests', { points: 1, duration: MINUTE_MS }, 3);
    for (const key of ['a', 'b', 'c', 'd']) {
      take(key);
    }
    expect(() => take('d')).toThrow(RateLimitedError);
    expect(() => take('c')).toThrow(RateLimitedError);
    take('a');
  });
});

function errorOf(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
