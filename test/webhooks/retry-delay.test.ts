import { expect, test } from 'vitest';
import { MAX_WAIT_MS } from '../../src/database/outbox.ts';
import { MAX_AGE_MS } from '../../src/webhooks/drop-excess.ts';
import { RETRY_DELAYS_MS, retryDelay } from '../../src/webhooks/retry-delay.ts';

/** Times since the first attempt in the specification, as `h:mm:ss`. */
const TIMES = '0:00:05 0:05:05 0:35:05 2:35:05 7:35:05 17:35:05 31:35:05 51:35:05 75:35:05'.split(' ');

function toMilliseconds(time: string): number {
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}

test('retries follow the schedule of Standard Webhooks, and end after the tenth attempt', () => {
  let time = 0;
  const times = TIMES.map((_, index) => {
    time += retryDelay(index + 1, 0) ?? Number.NaN;
    return time;
  });
  expect(times).toEqual(TIMES.map(toMilliseconds));
  expect(retryDelay(TIMES.length + 1, 0)).toBeUndefined();
});

test('each delay is longer by a random tenth at most, and the last attempt comes before the age limit', () => {
  for (const [index, delay] of RETRY_DELAYS_MS.entries()) {
    expect(retryDelay(index + 1, 1)).toBeCloseTo(delay * 1.1, 0);
    expect(retryDelay(index + 1, 0.5)).toBeCloseTo(delay * 1.05, 0);
    expect(retryDelay(index + 1, 1)).toBeLessThan(MAX_WAIT_MS);
  }
  const latest = RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay * 1.1, 0);
  expect(latest).toBeLessThan(MAX_AGE_MS);
});
