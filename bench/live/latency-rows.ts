import { median, medianRatio } from '../support/median.ts';
import { percentile } from '../support/percentile.ts';
import { goal } from '../support/print.ts';
import type { Reading } from './reader.ts';

export interface Contender {
  readonly name: string;
  readonly reading: Reading;
  /** How much slower it may be under load; none for what is only there to compare with. */
  readonly maxRatio?: number;
  readonly rounds: Round[];
}

/** Latencies in milliseconds. */
interface Round {
  readonly idle: readonly number[];
  readonly loaded: readonly number[];
}

const PERCENTILES = [50, 95, 99] as const;

/** A table: for each reading and percentile the medians of the rounds, their ratio, and the goal. */
export function latencyRows(contenders: readonly Contender[]): string[][] {
  return [
    ['', 'idle', 'loaded', 'ratio', 'goal'],
    ...contenders.flatMap((contender) => PERCENTILES.map((hundredths) => latencyRow(contender, hundredths))),
  ];
}

function latencyRow({ name, maxRatio, rounds }: Contender, hundredths: number): string[] {
  const idle = rounds.map((round) => percentile(round.idle, hundredths));
  const loaded = rounds.map((round) => percentile(round.loaded, hundredths));
  const ratio = medianRatio(loaded, idle);
  return [
    `${name}, p${hundredths}`,
    median(idle).toFixed(1),
    median(loaded).toFixed(1),
    ratio.toFixed(1),
    maxRatio === undefined ? '' : goal(ratio, '<=', maxRatio),
  ];
}
