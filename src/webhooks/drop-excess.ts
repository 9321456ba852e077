import { DROP_BATCH_SIZE, type Outbox } from '../database/outbox.ts';
import type { Logger } from '../telemetry/logger.ts';
import { SYSTEM_CLOCKS, watchClock } from '../upkeep/watch-clock.ts';

/** Maximum number of events in the outbox. An event takes less than 4 KB. */
export const MAX_EVENTS = 100_000;
/** Maximum age of an event, in milliseconds. The last attempt is at most 84 hours after the first one. */
export const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
/** Milliseconds between checks of the limits. */
const INTERVAL_MS = 60_000;

/**
 * Creates a function that deletes the oldest events beyond the limits, and does nothing if it did so a moment ago. After
 * a jump of the clock, an event may only seem to be old. So the function ignores the age until the clock is trusted
 * again.
 */
export function createDropExcess(
  outbox: Outbox,
  logger: Logger,
  clocks = SYSTEM_CLOCKS,
): (signal: AbortSignal) => Promise<void> {
  let dueAt = Number.NEGATIVE_INFINITY;
  const isClockTrusted = watchClock(clocks, () => {});
  return async (signal) => {
    if (clocks.monotonic() < dueAt) {
      return;
    }
    dueAt = clocks.monotonic() + INTERVAL_MS;
    const limits = { events: MAX_EVENTS, age: isClockTrusted() ? MAX_AGE_MS : Number.POSITIVE_INFINITY };
    let dropped = 0;
    // Each round deletes a batch, so the number of events bounds the rounds.
    for (let isFull = true; isFull && !signal.aborted; ) {
      const count = await outbox.dropExcess(limits);
      isFull = count === DROP_BATCH_SIZE;
      dropped += count;
    }
    if (dropped > 0) {
      logger.error({ dropped }, 'Dropped the oldest webhooks, which were beyond the limits of the outbox');
    }
  };
}
