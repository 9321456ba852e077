import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { PictureDatabase } from '../../src/database/database.ts';
import { anyUser, callEverything } from './calls.ts';
import type { Filled } from './tables.ts';

const USERS = 150;

/** Milliseconds of all calls, by the name of the call. */
export type Latencies = ReadonlyMap<string, readonly number[]>;

/** Makes all calls for many users, one after another. Their rows are mostly not cached yet. */
export async function measureLatencies(
  database: PictureDatabase,
  limiter: RateLimiterAbstract,
  filled: Filled,
): Promise<Latencies> {
  const latencies = new Map<string, number[]>();
  for (let count = 0; count < USERS; count += 1) {
    await callEverything(database, limiter, filled, anyUser(filled), async (name, run) => {
      const startedAt = performance.now();
      const result = await run();
      latencies.set(name, [...(latencies.get(name) ?? []), performance.now() - startedAt]);
      return result;
    });
  }
  return latencies;
}
