import { setTimeout as sleep } from 'node:timers/promises';
import type { UpkeepParts } from '../pictures/picture-parts.ts';
import { clearPictures } from '../pictures/remove-picture.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { type Clocks, SYSTEM_CLOCKS, watchClock } from './watch-clock.ts';

/** How long a replaced or removed picture can be restored. */
export const TRASH_MS = 7 * 24 * 60 * 60 * 1000;

export interface JanitorOptions {
  /** Milliseconds between two sweeps. */
  readonly interval?: number;
  readonly clocks?: Clocks;
}

const SWEEP_EVERY_MS = 5 * 60 * 1000;
const BATCH_SIZE = 100;
/** Milliseconds. What a sweep did not finish, the next one does. */
const STOP_WITHIN_MS = 2_000;

/**
 * Deletes what has been in the trash for {@link TRASH_MS}, and what is cleared at a start too.
 * @param signal ends it after the batch that it is at.
 * @returns how many pictures of the trash are gone.
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
 * Sweeps now and every few minutes, unless another instance is sweeping. When the clock jumps, what was put into the
 * trash a moment ago may seem to be years old; so the trash is left alone until the clock can be believed again.
 * @returns stops it, and resolves when a sweep under way has ended, or waits for a storage that does not answer.
 */
export function startJanitor(parts: UpkeepParts, options: JanitorOptions = {}): () => Promise<void> {
  const { interval = SWEEP_EVERY_MS, clocks = SYSTEM_CLOCKS } = options;
  const stopping = new AbortController();
  const isClockBelieved = watchClock(clocks, (by) =>
    parts.logger.warn(
      { seconds: Math.round(by / 1000) },
      'The clock jumped; the trash is left alone for a day',
    ),
  );
  async function sweepOnce(): Promise<void> {
    await clear();
    // The sweep may have made room.
    await parts.database.maintain();
  }
  async function clear(): Promise<void> {
    const now = new Date(clocks.wall());
    if (!isClockBelieved()) {
      await clearLeftovers(parts);
      return;
    }
    const deleted = await sweep(parts, now, stopping.signal);
    if (deleted > 0) {
      parts.logger.info({ deleted }, 'The trash was emptied of old pictures');
    }
  }
  let running = Promise.resolve();
  const run = () => {
    running = running.then(async () => {
      try {
        await parts.database.exclusively(sweepOnce);
      } catch (error) {
        parts.logger.error({ err: error }, 'The trash could not be swept; the next sweep tries again');
      }
    });
  };
  run();
  const timer = setInterval(run, interval).unref();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await Promise.race([running, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
  };
}
