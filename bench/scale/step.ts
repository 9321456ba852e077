import type { Explained } from './explain.ts';
import type { Latencies } from './latencies.ts';
import type { Durations, Filled } from './tables.ts';
import type { Walks } from './walks.ts';

/** All measurements at one size of the tables. */
export interface Step {
  readonly filled: Filled;
  readonly durations: Durations;
  readonly bytes: readonly { readonly name: string; readonly bytes: number }[];
  /** Statements, explained after the rows were added and before ANALYZE. */
  readonly beforeAnalyze: readonly Explained[];
  readonly explained: readonly Explained[];
  /** Statements, explained for a user with a thousand pictures in the trash. */
  readonly ofHotUser: readonly Explained[];
  /** Sequential scans of users and pictures during all calls, as counted by Postgres. */
  readonly walks: number;
  readonly latencies: Latencies;
  readonly rates: Walks;
}
