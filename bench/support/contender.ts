import { CONNECTIONS, type Load, type Target } from './load.ts';
import { median, medianRatio } from './median.ts';
import { goal } from './print.ts';
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

export const ROUNDS = 7;
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

/** Returns the rows of a table: rates, the processor time of a request, and the ratios with their goals. */
export function rowsOf(contenders: readonly Contender[], goals: readonly Goal[]): string[][] {
  return [
    ['server', 'requests/s', 'smallest to largest', 'CPU µs', 'ratios'],
    ...contenders.map((contender) => [
      contender.name,
      median(contender.perSecond).toFixed(0),
      `${Math.min(...contender.perSecond).toFixed(0)} to ${Math.max(...contender.perSecond).toFixed(0)}`,
      contender.pid === undefined ? '' : median(contender.processorUs).toFixed(1),
      goals
        .filter(({ of }) => of === contender)
        .map(({ of, to, atLeast }) => {
          const ratio = medianRatio(of.perSecond, to.perSecond);
          const text = `${ratio.toFixed(2)} of ${to.name}`;
          return atLeast === undefined ? text : `${text}, ${goal(ratio, '>=', atLeast)}`;
        })
        .join('; '),
    ]),
  ];
}
