import { setTimeout as sleep } from 'node:timers/promises';
import type { UpkeepParts } from '../pictures/picture-parts.ts';
import { clearPictures } from '../pictures/remove-picture.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { type Clocks, SYSTEM_CLOCKS, watchClock } from './watch-clock.ts';

/** Milliseconds for which a replaced or removed picture can be restored. */
export const TRASH_MS = 7 * 24 * 60 * 60 * 1000;

export interface JanitorOptions {
  /** Milliseconds between sweeps. */
  readonly interval?: number;
  readonly clocks?: Clocks;
}

const SWEEP_INTERVAL_MS = 5 * 60 * 1000;
/** Maximum number of pictures that one transaction takes out of the trash. */
const BATCH_SIZE = 100;
/** Milliseconds to wait for a sweep when the janitor stops. The next sweep does the rest. */
const STOP_TIMEOUT_MS = 2_000;

/**
 * Clears leftovers, then deletes pictures that have been in the trash for {@link TRASH_MS}.
 * @param signal ends the sweep after the current batch.
 * @returns the number of pictures that were deleted from the trash.
 */
export async function sweep(parts: UpkeepParts, now: Date, signal?: AbortSignal): Promise<number> {
  await clearLeftovers(parts);
  const trashedBefore = new Date(now.getTime() - TRASH_MS);
  let deleted = 0;
  while (signal?.aborted !== true) {
    const due = await parts.database.beginPurge(trashedBefore, BATCH_SIZE);
    const cleared = await clearPictures(parts, due);
    deleted += cleared;
    if (due.length < BATCH_SIZE || cleared < due.length) {
      break;
    }
  }
  return deleted;
}

/**
 * Sweeps now and every few minutes, unless another instance is sweeping. After a jump of the clock, a picture that
 * has just entered the trash may seem to be years old. So the janitor does not empty the trash until the clock is
 * trusted again.
 * @returns a function that stops the janitor. It resolves when the current sweep has ended, or after STOP_TIMEOUT_MS.
 */
export function startJanitor(parts: UpkeepParts, options: JanitorOptions = {}): () => Promise<void> {
  const { interval = SWEEP_INTERVAL_MS, clocks = SYSTEM_CLOCKS } = options;
  const stopping = new AbortController();
  const isClockTrusted = watchClock(clocks, (by) =>
    parts.logger.warn(
      { seconds: Math.round(by / 1000) },
      'The clock jumped; not emptying the trash for a day',
    ),
  );
  async function sweepOnce(): Promise<void> {
    await clear();
    // The sweep may have freed space.
    await parts.database.maintain();
  }
  async function clear(): Promise<void> {
    const now = new Date(clocks.wall());
    if (!isClockTrusted()) {
      await clearLeftovers(parts);
      return;
    }
    const deleted = await sweep(parts, now, stopping.signal);
    if (deleted > 0) {
      parts.logger.info({ deleted }, 'Deleted expired pictures from the trash');
    }
  }
  async function tryToSweep(): Promise<void> {
    try {
      await parts.database.exclusively(sweepOnce);
    } catch (error) {
      parts.logger.error({ err: error }, 'A sweep failed; the next sweep retries');
    }
  }
  let running: Promise<void> | undefined;
  const run = () => {
    // A sweep can take longer than the interval. Sweeps that wait for it would run after the janitor has stopped.
    running ??= tryToSweep().finally(() => {
      running = undefined;
    });
  };
  run();
  const timer = setInterval(run, interval).unref();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await Promise.race([running, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
  };
}
