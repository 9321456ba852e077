import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimitedError } from './errors.ts';

/** Takes one of what a key has left. Rejects with RateLimitedError when nothing is left. */
export type RateLimit = (key: string) => Promise<void>;

/** A limit on what is told by `what`, such as `uploads`, counted by a limiter. */
export function createRateLimit(what: string, limiter: RateLimiterAbstract): RateLimit {
  return async (key) => {
    try {
      await limiter.consume(key);
    } catch (rejected) {
      if (rejected instanceof RateLimiterRes) {
        // Told by the clock, which may have been set back.
        const retryAfter = Math.min(Math.ceil(rejected.msBeforeNext / 1000), limiter.duration);
        throw new RateLimitedError(what, retryAfter);
      }
      throw rejected;
    }
  };
}

/** Where there is nothing to count. */
export const noLimit: RateLimit = async () => {};
