import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimitedError } from './errors.ts';

/** Takes one of what a key has left. Rejects with RateLimitedError when nothing is left. */
export type RateLimit = (key: string) => Promise<void>;

export interface RateLimitOptions {
  /** Of one key within one duration. 0 is no limit. */
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
  /** What is limited, for the sentence: `uploads`. */
  readonly what: string;
}

/** Counts in this process's memory; a new start begins anew. */
export function createRateLimit({ points, duration, what }: RateLimitOptions): RateLimit {
  if (points === 0) {
    return async () => {};
  }
  const limiter = new RateLimiterMemory({ points, duration });
  return async (key) => {
    try {
      await limiter.consume(key);
    } catch (rejected) {
      if (rejected instanceof RateLimiterRes) {
        throw new RateLimitedError(what, Math.ceil(rejected.msBeforeNext / 1000));
      }
      throw rejected;
    }
  };
}
