import { LRUCache } from 'lru-cache';
import { RateLimitedError } from './errors.ts';
import type { RateLimit } from './rate-limit.ts';

export interface WindowOptions {
  /** Uses of one key within one window. */
  readonly points: number;
  /** Milliseconds of a window, which begins with the first request of its key. */
  readonly duration: number;
}

/**
 * Keys that are counted at once. Beyond that, the key that was used longest ago is forgotten: an attacker with so many
 * addresses has no use for one more window.
 */
const MAX_KEYS = 50_000;

interface Window {
  count: number;
  /** By `performance.now()`. */
  readonly endsAt: number;
}

/** Creates a limit that is counted in this process, in bounded memory, by a clock that nobody can set. */
export function createWindowLimit(
  what: string,
  { points, duration }: WindowOptions,
  maxKeys = MAX_KEYS,
): RateLimit {
  let windows: LRUCache<string, Window> | undefined;
  return async (key) => {
    // Allocates for all keys at once, which a server without such requests does not need.
    windows ??= new LRUCache({ max: maxKeys });
    const now = performance.now();
    let window = windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      window = { count: 0, endsAt: now + duration };
      windows.set(key, window);
    }
    window.count += 1;
    if (window.count > points) {
      throw new RateLimitedError(what, Math.ceil((window.endsAt - now) / 1000));
    }
  };
}
