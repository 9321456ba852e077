const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Milliseconds before each retry. The schedule is the example of Standard Webhooks, "Deliverability and reliability":
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Maximum share of a delay that is added at random, so that events that failed together are not retried together. */
const JITTER = 0.1;

/**
 * Returns the milliseconds until the next attempt, or undefined after the last attempt.
 * @param failures number of failed attempts, at least 1.
 * @param random from 0 to 1.
 */
export function retryDelay(failures: number, random: number, delays = RETRY_DELAYS_MS): number | undefined {
  const delay = delays[failures - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * random));
}
