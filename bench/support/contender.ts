import { CONNECTIONS, type Load, type Target } from './load.ts';
import { median, medianRatio } from './median.ts';
import { goal, print, printTable } from './print.ts';
import { processorMs } from './process-usage.ts';

/** A server and the request that it is measured with. */
export interface Contender {
  readonly name: string;
  readonly target: Target;
  /** ID of the server's process. Undefined if the request is handled by another process. */
  readonly pid: number | undefined;
  /** Requests per second, for each round. */
  readonly perSecond: number[];
  /** Microseconds of the server's processor time for a request, for each round. */
  readonly processorUs: number[];
}

/** A ratio of two contenders and its goal. */
export interface Goal {
  readonly of: Contender;
  readonly to: Contender;
  /** Undefined if the ratio is only printed. */
  readonly atLeast?: number;
}

const ROUNDS = 7;
const ROUND_SECONDS = 2;

/** Measures contenders in alternating rounds. The first round is a warm-up. */
export async function measureRounds(load: Load, contenders: readonly Contender[]): Promise<void> {
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const { target, pid, perSecond, processorUs } of contenders) {
      const before = pid === undefined ? Number.NaN : processorMs(pid);
      const { responses, seconds } = await load.send(target, ROUND_SECONDS);
      const used = pid === undefined ? Number.NaN : processorMs(pid) - before;
      if (target.paths !== undefined) {
        target.paths.next += responses + CONNECTIONS;
      }
      if (round >= 0) {
        perSecond.push(responses / seconds);
        processorUs.push((used * 1000) / responses);
      }
    }
  }
}

/** Prints a table with the rates and the processor time of a request, and below it the ratios with their goals. */
export function printContenders(
  title: string,
  contenders: readonly Contender[],
  goals: readonly Goal[],
): void {
  printTable(`${title}, medians of ${ROUNDS} rounds`, [
    ['server', 'requests/s', 'smallest to largest', 'CPU µs'],
    ...contenders.map(({ name, perSecond, processorUs, pid }) => [
      name,
      median(perSecond).toFixed(0),
      `${Math.min(...perSecond).toFixed(0)} to ${Math.max(...perSecond).toFixed(0)}`,
      pid === undefined ? '' : median(processorUs).toFixed(1),
    ]),
  ]);
  const names = goals.map(({ of, to }) => `${of.name} / ${to.name}`);
  const width = Math.max(...names.map((name) => name.length));
  for (const [index, { of, to, atLeast }] of goals.entries()) {
    const ratio = medianRatio(of.perSecond, to.perSecond);
    const text = `${(names[index] ?? '').padEnd(width)}  ${ratio.toFixed(2)}`;
    print(atLeast === undefined ? text : `${text}  goal ${goal(ratio, '>=', atLeast)}`);
  }
}
