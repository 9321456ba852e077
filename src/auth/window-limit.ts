import { LRUCache } from 'lru-cache';
import { RateLimitedError } from './errors.ts';

export interface WindowOptions {
  /** Maximum uses of one key within one window. */
  readonly points: number;
  /** Length of a window in milliseconds. The first use of a key starts its window. */
  readonly duration: number;
}

/**
 * Maximum number of counted keys. Beyond it, the limit forgets the least recently used key. An attacker with that many
 * addresses gains nothing from another window.
 */
const MAX_KEYS = 50_000;

/** Counts one event for a key. Throws RateLimitedError if the key has reached its limit. */
export type WindowLimit = (key: string) => void;

interface Window {
  count: number;
  /** A time of `performance.now()`. */
  readonly endsAt: number;
}

/**
 * Creates a limit that counts in this process. It uses bounded memory and the monotonic clock.
 * @param events plural noun for the counted events, such as `requests`.
 */
export function createWindowLimit(
  events: string,
  { points, duration }: WindowOptions,
  maxKeys = MAX_KEYS,
): WindowLimit {
  let windows: LRUCache<string, Window> | undefined;
  return (key) => {
    // The cache allocates memory for all keys at once, so create it only when the first request arrives.
    windows ??= new LRUCache({ max: maxKeys });
    const now = performance.now();
    let window = windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      window = { count: 0, endsAt: now + duration };
      windows.set(key, window);
    }
    window.count += 1;
    if (window.count > points) {
      throw new RateLimitedError(events, Math.ceil((window.endsAt - now) / 1000));
    }
  };
}
