import { describe, expect, test } from 'vitest';

/** Minimum CPU time of a measurement of the smaller input. Faster work is repeated. */
const MIN_SAMPLE_MS = 2;
const SAMPLES = 5;
/** Linear work takes twice as long for twice the input, quadratic work four times as long. */
const MAX_RATIO = 3;
/** Maximum number of comparisons. A garbage collection can make one fail, but quadratic work fails all of them. */
const MAX_COMPARISONS = 5;

/** A place where a client decides how much work the server does. */
export interface Place {
  readonly where: string;
  /** Half of the largest input that is accepted, or that a header can hold. */
  readonly size: number;
  /** Makes an input of this size, and returns the work on it. */
  readonly work: (size: number) => () => unknown;
}

/** Declares a test for each place that twice the input takes at most about twice the time. */
export function testGrowth(places: readonly Place[]): void {
  describe('Twice the input takes at most about twice the time', () => {
    test.for(places)('$where', async ({ size, work }) => {
      await expectLinear(size, work);
    });
  });
}

/** Returns work that calls `read` with a text from `make`. Only `read` is measured. */
export function reading(make: (size: number) => string, read: (text: string) => unknown): Place['work'] {
  return (size) => {
    const text = make(size);
    return () => read(text);
  };
}

/** Wraps a function so that its errors are ignored. Rejecting the input must cost no more than accepting it. */
export function ignoringErrors<Args extends unknown[]>(
  run: (...args: Args) => unknown,
): (...args: Args) => void {
  return (...args) => {
    try {
      run(...args);
    } catch {}
  };
}

/**
 * Expects that twice the input takes at most about twice the time.
 * @param work prepares an input of a size, and returns the function to measure, which may be asynchronous.
 */
export async function expectLinear(size: number, work: (size: number) => () => unknown): Promise<void> {
  const ratios: number[] = [];
  do {
    ratios.push(await compare(work(size), work(2 * size)));
  } while (ratios.length < MAX_COMPARISONS && Math.min(...ratios) > MAX_RATIO);
  expect(Math.min(...ratios)).toBeLessThan(MAX_RATIO);
}

async function compare(half: () => unknown, whole: () => unknown): Promise<number> {
  let repeats = 1;
  while ((await time(half, repeats)) < MIN_SAMPLE_MS) {
    repeats *= 2;
  }
  const samples: [number, number][] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    samples.push([await time(half, repeats), await time(whole, repeats)]);
  }
  return Math.min(...samples.map(([, ms]) => ms)) / Math.min(...samples.map(([ms]) => ms));
}

/** Returns the CPU time of the work in milliseconds. Other processes do not count, however busy the machine is. */
async function time(run: () => unknown, repeats: number): Promise<number> {
  const start = process.cpuUsage();
  for (let round = 0; round < repeats; round += 1) {
    await run();
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
