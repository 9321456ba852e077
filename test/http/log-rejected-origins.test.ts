import { expect, it } from 'vitest';
import { logRejectedOrigins } from '../../src/http/log-rejected-origins.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

const MINUTE_MS = 60_000;

/** Returns a function that reports an origin at a time in milliseconds, and the log as `origin` or else `msg`. */
function createLog() {
  const lines: string[] = [];
  let now = 0;
  const write = (line: string) => {
    const { origin, msg } = JSON.parse(line) as { origin?: string; msg: string };
    lines.push(origin ?? msg);
  };
  const report = logRejectedOrigins(createLogger('info', { write }), () => now);
  return {
    lines,
    reject(origin: string, at: number) {
      now = at;
      report(origin);
    },
  };
}

it('An origin is logged once a minute, and the origins of a minute do not hide each other', () => {
  const { lines, reject } = createLog();
  for (const at of [0, 1, MINUTE_MS - 1]) {
    reject('https://a.example', at);
    reject('https://b.example', at);
  }
  expect(lines).toEqual(['https://a.example', 'https://b.example']);
  reject('https://a.example', MINUTE_MS);
  expect(lines).toEqual(['https://a.example', 'https://b.example', 'https://a.example']);
});

it('A flood of invented origins is logged ten times a minute', () => {
  const { lines, reject } = createLog();
  for (let index = 0; index < 1_000; index += 1) {
    reject(`https://${index}.example`, index);
  }
  expect(lines).toHaveLength(10);
});

it.each([
  ['https://a\x9b31m\xff.example', 'https://a%C2%9B31m%C3%BF.example'],
  [`https://${'a'.repeat(10_000)}`, `https://${'a'.repeat(292)}`],
  ['https://a.example\tb', 'https://a.example%09b'],
])('An origin is logged in printable characters, and shortened: %j', (origin, logged) => {
  const { lines, reject } = createLog();
  reject(origin, 0);
  expect(lines).toEqual([logged]);
});

it('A page that hides its origin has a remedy of its own', () => {
  const { lines, reject } = createLog();
  reject('null', 0);
  expect(lines).toEqual([expect.stringContaining('outside sandboxed frames')]);
});
