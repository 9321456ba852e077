import type { IncomingHttpHeaders } from 'node:http';
import { expect, it } from 'vitest';
import { evaluatePreconditions } from '../../../src/http/files/preconditions.ts';

it('A weak entity tag in If-Range never matches, even if the file has the same tag', () => {
  const file = { etag: 'W/"tag"', modifiedAt: new Date(0), size: 100 };
  const headers = { range: 'bytes=0-9', 'if-range': file.etag };
  expect(evaluatePreconditions({ method: 'GET', headers }, file)).toEqual({ status: 200 });
});

const FILE = { etag: '"tag"', modifiedAt: new Date('2026-01-01T12:00:00.500Z'), size: 100 };
const SAME = 'Thu, 01 Jan 2026 12:00:00 GMT';
const EARLIER = 'Thu, 01 Jan 2026 11:59:59 GMT';
const LATER = 'Thu, 01 Jan 2026 12:00:01 GMT';

/**
 * Values of each header, and whether its condition is true for the file: RFC 9110, sections 13.1.1 to 13.1.5. Undefined
 * means that the recipient must ignore the header.
 */
const CONDITIONS = {
  'if-match': [
    ['"tag"', true],
    ['"other", "tag"', true],
    ['*', true],
    ['"other"', false],
    // The comparison is strong.
    ['W/"tag"', false],
  ],
  'if-unmodified-since': [
    [SAME, true],
    [LATER, true],
    [EARLIER, false],
    ['yesterday', undefined],
  ],
  'if-none-match': [
    ['"other"', true],
    ['"tag"', false],
    ['*', false],
    // The comparison is weak.
    ['"other", W/"tag"', false],
  ],
  'if-modified-since': [
    [EARLIER, true],
    [SAME, false],
    [LATER, false],
    ['yesterday', undefined],
  ],
  'if-range': [
    ['"tag"', true],
    [SAME, true],
    ['"other"', false],
    ['W/"tag"', false],
    [EARLIER, false],
    [LATER, false],
  ],
} as const satisfies Record<string, readonly (readonly [string, boolean | undefined])[]>;

/** Values of Range, and the status of the response if the range applies: RFC 9110, section 14.2. */
const RANGES = [
  ['bytes=10-19', 206],
  ['bytes=100-', 416],
  ['lines=1-2', 200],
] as const;

type Condition = keyof typeof CONDITIONS;
/** Results of the conditions of a request. A missing or ignored one is undefined. */
type Results = Readonly<Record<Condition, boolean | undefined>>;

/** Returns the status that RFC 9110, section 13.2.2, requires, by its numbered steps. */
function expectedStatus(
  method: string,
  results: Results,
  statusOfRange: number,
  hasIfMatch: boolean,
): number {
  // Steps 1 and 2.
  if (hasIfMatch ? results['if-match'] === false : results['if-unmodified-since'] === false) {
    return 412;
  }
  // Steps 3 and 4.
  const isModified = results['if-none-match'] ?? results['if-modified-since'];
  if (isModified === false) {
    return 304;
  }
  // Steps 5 and 6. A Range has a meaning only for GET.
  return method === 'GET' && results['if-range'] !== false ? statusOfRange : 200;
}

/** Yields each combination of headers with the results of their conditions. */
function* combinations(
  names: readonly Condition[],
): Iterable<{ headers: IncomingHttpHeaders; results: Results }> {
  const [name, ...others] = names;
  if (name === undefined) {
    yield { headers: {}, results: {} as Results };
    return;
  }
  for (const { headers, results } of combinations(others)) {
    yield { headers, results };
    for (const [value, result] of CONDITIONS[name]) {
      yield { headers: { ...headers, [name]: value }, results: { ...results, [name]: result } };
    }
  }
}

it('Conditions in every combination lead to the status of RFC 9110', () => {
  const wrong: unknown[] = [];
  let count = 0;
  for (const { headers, results } of combinations(Object.keys(CONDITIONS) as Condition[])) {
    for (const [range, statusOfRange] of [...RANGES, [undefined, 200] as const]) {
      for (const method of ['GET', 'HEAD']) {
        const request = { method, headers: { ...headers, ...(range !== undefined && { range }) } };
        const { status } = evaluatePreconditions(request, FILE);
        const expected = expectedStatus(method, results, statusOfRange, headers['if-match'] !== undefined);
        count += 1;
        if (status !== expected) {
          wrong.push({ ...request, status, expected });
        }
      }
    }
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(count).toBe(6 * 5 * 5 * 5 * 7 * 4 * 2);
});
