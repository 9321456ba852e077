import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseBusyError, DatabaseClosedError, DatabaseFullError } from '../database/errors.ts';
import { CLAIM_MS, type Outbox, type OutboxEvent } from '../database/outbox.ts';
import type { Urls } from '../graphql/urls.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createAlarm } from './alarm.ts';
import { createDelivery } from './deliver.ts';
import { createDropExcess } from './drop-excess.ts';
import { ATTEMPT_TIMEOUT_MS, openEndpoint } from './endpoint.ts';
import { EndpointState, MAX_CONCURRENT_ATTEMPTS } from './endpoint-state.ts';

export interface SenderOptions {
  readonly outbox: Outbox;
  readonly url: string;
  /** Secrets that sign each webhook. More than one during a rotation. */
  readonly secrets: readonly Uint8Array[];
  readonly urls: Pick<Urls, 'picture' | 'stableAvatar'>;
  readonly logger: Logger;
  /** Replaces RETRY_DELAYS_MS. */
  readonly retryDelays?: readonly number[];
  /** Milliseconds until the first probe of a failing endpoint; see {@link EndpointState}. */
  readonly firstPause?: number;
  /** Replaces the monotonic clock that measures the duration of claims. In milliseconds. */
  readonly now?: () => number;
}

/**
 * Milliseconds between searches for events that are due. A commit of this process starts a search at once, so this
 * matters for retries, and for events that other processes recorded.
 */
const POLL_INTERVAL_MS = 5_000;
/** Milliseconds that running attempts have to finish when the sender stops. */
const STOP_GRACE_MS = 1_000;
/** Errors of a database that is unavailable, full or closed. The database logs them itself, or the next search retries. */
const EXPECTED_ERRORS = [DatabaseBusyError, DatabaseFullError, DatabaseClosedError];

/**
 * Sends the events of the outbox to an endpoint until it is stopped.
 * @returns a function that stops the sender. It aborts attempts that do not finish soon. Their events stay in the
 * outbox.
 */
export function startSender(options: SenderOptions): () => Promise<void> {
  const { outbox, logger, now = () => performance.now() } = options;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const alarm = createAlarm();
  const state = new EndpointState(options.firstPause);
  const endpoint = openEndpoint(options.url, MAX_CONCURRENT_ATTEMPTS);
  const deliver = createDelivery({ ...options, endpoint, state, signal: aborting.signal, wakeAfter });
  const dropExcess = createDropExcess(outbox, logger);
  const running = new Set<Promise<void>>();

  /** Searches again after a delay, if the regular search would come later. */
  function wakeAfter(delay: number): void {
    if (delay <= POLL_INTERVAL_MS) {
      setTimeout(alarm.ring, delay).unref();
    }
  }

  function begin(event: OutboxEvent): void {
    const attempt = deliver(event)
      .catch((error) => {
        // The event stays claimed for a while. The pause keeps other events from being sent without being completed.
        state.outboxFailed(performance.now());
        reportError(error);
      })
      .finally(() => {
        running.delete(attempt);
        alarm.ring();
      });
    running.add(attempt);
  }

  function reportError(error: unknown): void {
    if (!EXPECTED_ERRORS.some((errorClass) => error instanceof errorClass)) {
      logger.error({ err: error }, 'The webhook sender failed; retrying');
    }
  }

  async function sendDueEvents(): Promise<void> {
    const searchedAt = now();
    const capacity = state.capacity(running.size, performance.now());
    const events = capacity > 0 ? await outbox.claim(capacity) : [];
    // If this process or the database paused, these claims could end during the attempts. The events are claimed again.
    if (now() - searchedAt < CLAIM_MS - ATTEMPT_TIMEOUT_MS) {
      events.forEach(begin);
    }
    if (events.length === 0) {
      await alarm.wait(Math.min(state.pause(performance.now()) || POLL_INTERVAL_MS, POLL_INTERVAL_MS));
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await dropExcess(stopping.signal);
        await sendDueEvents();
      } catch (error) {
        reportError(error);
        await alarm.wait(POLL_INTERVAL_MS);
      }
    }
  }

  outbox.onRecorded(alarm.ring);
  const ended = run();
  return async () => {
    stopping.abort();
    alarm.ring();
    await ended;
    const grace = sleep(STOP_GRACE_MS, undefined, { ref: false });
    await Promise.race([Promise.all(running), grace]);
    aborting.abort();
    await Promise.all(running);
    endpoint.close();
  };
}
