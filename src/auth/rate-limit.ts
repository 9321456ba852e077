import { hash } from 'node:crypto';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import { RateLimitedError } from './errors.ts';

/** Counts one event for a key. Rejects with RateLimitedError if the key has reached its limit. */
export type RateLimit = (key: string) => Promise<void>;

/**
 * Creates a limit whose events the limiter counts. The limiter gets the hash of each key, so that a database that counts
 * does not contain the ids of deleted users.
 * @param events plural noun for the counted events, such as `uploads`.
 */
export function createRateLimit(events: string, limiter: RateLimiterAbstract): RateLimit {
  return async (key) => {
    try {
      await limiter.consume(hash('sha256', key));
    } catch (rejected) {
      if (rejected instanceof RateLimiterRes) {
        // If the system clock was set back, this time can exceed the limiter's duration.
        const retryAfter = Math.min(Math.ceil(rejected.msBeforeNext / 1000), limiter.duration);
        throw new RateLimitedError(events, retryAfter);
      }
      throw rejected;
    }
  };
}

/** Counts nothing and never rejects. */
export const noLimit: RateLimit = async () => {};
