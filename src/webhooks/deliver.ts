import type { Outbox, OutboxEvent } from '../database/outbox.ts';
import type { Urls } from '../graphql/urls.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Attempt, Endpoint } from './endpoint.ts';
import type { EndpointState } from './endpoint-state.ts';
import { retryDelay } from './retry-delay.ts';
import { signatureHeaders } from './sign.ts';
import { webhookBody } from './webhook-body.ts';

export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly endpoint: Endpoint;
  readonly state: EndpointState;
  readonly secrets: readonly Uint8Array[];
  readonly urls: Pick<Urls, 'picture' | 'stableAvatar'>;
  readonly logger: Logger;
  /** Aborts attempts when the server stops. */
  readonly signal: AbortSignal;
  readonly retryDelays?: readonly number[];
  /** Called with the milliseconds until an event is due again. */
  readonly wakeAfter: (delay: number) => void;
}

/** Status with which a receiver wants no more webhooks, now or later. */
const GONE = 410;

/**
 * Creates a function that sends an event once, and records the outcome in the outbox. It rejects with the errors of the
 * outbox. The event then stays claimed for a while, and is sent again.
 */
export function createDelivery(options: DeliveryOptions): (event: OutboxEvent) => Promise<void> {
  const { outbox, endpoint, state, secrets, urls, logger, signal, retryDelays, wakeAfter } = options;

  async function fail(event: OutboxEvent, attempt: Attempt): Promise<void> {
    const failures = event.failures + 1;
    const facts = { ...factsOf(event), ...attempt };
    if (state.failed(performance.now())) {
      logger.warn({ ...facts }, 'The webhook endpoint fails; retrying with one webhook at a time');
    }
    const delay = retryDelay(failures, Math.random(), retryDelays);
    if (delay === undefined) {
      await outbox.complete(event);
      logger.error({ ...facts, attempts: failures }, 'Dropped a webhook after its last attempt');
    } else {
      await outbox.postpone(event, delay);
      wakeAfter(delay);
    }
  }

  async function succeed(event: OutboxEvent): Promise<void> {
    await outbox.complete(event);
    if (state.succeeded()) {
      logger.info('The webhook endpoint works again');
    }
  }

  async function stop(event: OutboxEvent): Promise<void> {
    await outbox.release(event);
    if (state.gone()) {
      logger.error(
        { ...factsOf(event) },
        'The webhook endpoint is gone (410); sending no webhooks until a restart',
      );
    }
  }

  return async (event) => {
    const body = webhookBody(event, urls);
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = signatureHeaders(secrets, { id: event.id, timestamp, body });
    const attempt = await endpoint.send(headers, body, signal);
    const status = 'status' in attempt ? attempt.status : 0;
    if (status >= 200 && status <= 299) {
      await succeed(event);
    } else if (status === GONE) {
      await stop(event);
    } else if (signal.aborted) {
      await outbox.release(event);
    } else {
      await fail(event, attempt);
    }
  };
}

/** Returns the ids that identify an event in the log. */
function factsOf({ id, userId, pictureId, type }: OutboxEvent) {
  return { webhook: id, subject: userId, picture: pictureId, type };
}
