import { median, medianRatio } from '../support/median.ts';
import { percentile } from '../support/percentile.ts';
import { goal } from '../support/print.ts';
import type { Reading } from './reader.ts';

export interface Contender {
  readonly name: string;
  readonly reading: Reading;
  /** Maximum ratio of the latencies under load and when idle. Undefined if the reading is only for comparison. */
  readonly maxRatio?: number;
  readonly rounds: Round[];
}

/** Latencies of one round in milliseconds. */
interface Round {
  readonly idle: readonly number[];
  readonly loaded: readonly number[];
}

const PERCENTILES = [50, 95, 99] as const;

/** Returns a table with the medians of the rounds, their ratio and the goal, for each reading and percentile. */
export function latencyRows(contenders: readonly Contender[]): string[][] {
  return [
    ['reading', 'idle', 'under load', 'ratio', 'goal'],
    ...contenders.flatMap((contender) => PERCENTILES.map((percent) => latencyRow(contender, percent))),
  ];
}

function latencyRow({ name, maxRatio, rounds }: Contender, percent: number): string[] {
  const idle = rounds.map((round) => percentile(round.idle, percent));
  const loaded = rounds.map((round) => percentile(round.loaded, percent));
  const ratio = medianRatio(loaded, idle);
  return [
    `${name}, p${percent}`,
    median(idle).toFixed(1),
    median(loaded).toFixed(1),
    ratio.toFixed(1),
    maxRatio === undefined ? '' : goal(ratio, '<=', maxRatio),
  ];
}
