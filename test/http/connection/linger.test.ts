import { describe, expect, it } from 'vitest';
import { MIN_SEND_RATE } from '../../../src/http/connection/connection.ts';
import { LINGER_BYTES, Linger } from '../../../src/http/connection/linger.ts';

const KIB = 1024;

/** Returns how long a client can send one piece per second before a limit is exceeded, in seconds, up to 400. */
function lingerSeconds(bytesPerSecond: (second: number) => number): number {
  const linger = new Linger(0);
  for (let second = 1; second < 400; second += 1) {
    if (linger.exceededBy(bytesPerSecond(second), second * 1000)) {
      return second;
    }
  }
  return 400;
}

describe('The server reads a body that it discards', () => {
  it.each([
    ['sends slowly', () => 5_000],
    ['sends at the minimum rate', () => MIN_SEND_RATE],
    ['sends fast and then slowly', (second: number) => (second < 40 ? 300 * KIB : 2 * KIB)],
    ['pauses for some seconds', (second: number) => (second % 10 < 4 ? 0 : 5_000)],
  ])('for as long as a request may take if the client %s', (_what, rate) => {
    expect(lingerSeconds(rate)).toBe(301);
  });

  it.each([
    ['begins below the minimum rate', () => MIN_SEND_RATE - 10, 30],
    ['falls below the minimum rate', (second: number) => (second <= 60 ? 50_000 : 1), 90],
  ])('until the rate has been measured if the client %s', (_what, rate, seconds) => {
    expect(lingerSeconds(rate)).toBe(seconds);
  });

  it('up to a limit of bytes', () => {
    const linger = new Linger(0);
    expect(linger.exceededBy(LINGER_BYTES, 1)).toBe(false);
    expect(linger.exceededBy(1, 1)).toBe(true);
  });
});
