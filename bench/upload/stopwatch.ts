import { median } from '../support/median.ts';

/** Collects the durations of steps by name. */
export class Stopwatch {
  readonly #milliseconds = new Map<string, number[]>();

  async time<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    try {
      return await run();
    } finally {
      this.add(step, performance.now() - startedAt);
    }
  }

  add(step: string, milliseconds: number): void {
    const all = this.#milliseconds.get(step) ?? [];
    all.push(milliseconds);
    this.#milliseconds.set(step, all);
  }

  clear(): void {
    this.#milliseconds.clear();
  }

  /** Returns the median of each step, in the order in which the steps were first measured. */
  medians(): [step: string, milliseconds: number][] {
    return [...this.#milliseconds].map(([step, all]) => [step, median(all)]);
  }
}
