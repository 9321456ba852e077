import { setTimeout as sleep } from 'node:timers/promises';
import { peakBytesSinceReset, processorMs, resetPeak, residentBytes } from '../support/process-usage.ts';
import { graphqlRequest } from './hostile-request.ts';
import { sendRaw } from './send-raw.ts';

/** The cost of one request for a server's process. */
export interface Cost {
  /** Milliseconds of processor time, the mean of all repetitions. */
  readonly processorMs: number;
  /** Bytes of resident memory, the most that any repetition added. */
  readonly memoryBytes: number;
  /** Whether even the first request exceeded the time limit, so that the figures are lower bounds. */
  readonly timedOut: boolean;
}

/** Linux counts processor time in steps of 10 ms, so the mean of 50 repetitions has steps of 0.2 ms. */
const REPETITIONS = 50;
/** Milliseconds after which the benchmark stops repeating a request. */
const TIME_BUDGET_MS = 2_000;
/** Milliseconds after which a request times out. */
const TIME_LIMIT_MS = 5_000;
const WARM_UP_REQUESTS = 50;
const IDLE_MS = 300;

/** Measures the cost of a request for a server that has already served ordinary requests. Linux only. */
export async function measureCost(
  { port, pid }: { port: number; pid: number },
  bytes: Buffer,
): Promise<Cost> {
  const ordinary = graphqlRequest('query ($i: [ID!]!) { users(ids: $i) { id } }', { i: ['a', 'b'] });
  for (let i = 0; i < WARM_UP_REQUESTS; i += 1) {
    await sendRaw(port, ordinary, TIME_LIMIT_MS);
  }
  const idleRate = await measureIdle(pid);
  const startedAt = performance.now();
  const usedBefore = processorMs(pid);
  const used = () => processorMs(pid) - usedBefore - idleRate * (performance.now() - startedAt);
  let cost: Cost | undefined;
  for (let repetition = 1; repetition <= REPETITIONS; repetition += 1) {
    const residentBefore = residentBytes(pid);
    resetPeak(pid);
    const inTime = await sendRaw(port, bytes, TIME_LIMIT_MS);
    const memoryBytes = Math.max(cost?.memoryBytes ?? 0, peakBytesSinceReset(pid) - residentBefore);
    if (inTime || cost === undefined) {
      cost = { processorMs: Math.max(used(), 0) / repetition, memoryBytes, timedOut: !inTime };
    }
    if (!inTime || performance.now() - startedAt > TIME_BUDGET_MS) {
      return cost;
    }
  }
  return cost as Cost;
}

/** Returns the milliseconds of processor time that an idle process uses per millisecond. */
async function measureIdle(pid: number): Promise<number> {
  // Wait until the work of the warm-up has finished.
  await sleep(IDLE_MS);
  const before = processorMs(pid);
  await sleep(IDLE_MS);
  return (processorMs(pid) - before) / IDLE_MS;
}
