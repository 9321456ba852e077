import type { ChangeType } from './change-types.ts';

/** A change to record in the outbox. */
export interface Change {
  readonly type: ChangeType;
  /** Id of the user who owns the picture, or who was deleted, blocked or unblocked. */
  readonly userId: string;
  /** `sub` of the token that made the change. Null for the operator. */
  readonly actor: string | null;
  /** Id of the picture that changed. Null if the change concerns the user. */
  readonly picture: string | null;
}

/** A recorded change that is not delivered yet. */
export interface OutboxEvent {
  /** Order of recording, which is the order of commits for each user. Never reused. */
  readonly sequence: number;
  /** `msg_` and 32 hexadecimal digits. */
  readonly id: string;
  readonly userId: string;
  readonly type: ChangeType;
  readonly actor: string | null;
  readonly pictureId: string | null;
  /** Path of the user's live picture after the change. Null if there was none, as are the following columns. */
  readonly path: string | null;
  readonly sizes: readonly number[] | null;
  readonly dominantColor: string | null;
  readonly altText: string | null;
  readonly changedAt: Date;
  /** Number of failed attempts to deliver the event. */
  readonly failures: number;
  /** Time of the next attempt, or the end of a claim. Null while an earlier event of the user is not delivered. */
  readonly nextAttemptAt: Date | null;
}

/**
 * Milliseconds for which an instance claims an event. Longer than an attempt (ATTEMPT_TIMEOUT_MS in webhooks/), so two
 * instances never send an event at the same time.
 */
export const CLAIM_MS = 30_000;

/** Maximum milliseconds until an event is due. Longer than every delay of a retry (RETRY_DELAYS_MS in webhooks/). */
export const MAX_WAIT_MS = 27 * 60 * 60 * 1000;

/** Maximum number of events in the outbox, and their maximum age in milliseconds. */
export interface OutboxLimits {
  readonly events: number;
  /** Infinity to keep events regardless of their age. */
  readonly age: number;
}

/** Maximum number of events that one call of {@link Outbox.dropExcess} deletes. */
export const DROP_BATCH_SIZE = 100;

/**
 * Events that are waiting for delivery. The transaction of a change also records its event. Only the oldest event of
 * a user can be claimed, so the events of a user are delivered one after the other. All methods reject with the errors
 * of {@link PictureDatabase}. They work during a move, except that no event can be claimed.
 */
export interface Outbox {
  /** Calls a function after each commit of this process that recorded an event. Replaces an earlier function. */
  onRecorded(listener: () => void): void;

  /** Claims events that are due, for {@link CLAIM_MS}. @param limit maximum number of events. */
  claim(limit: number): Promise<OutboxEvent[]>;

  /** Deletes an event that was delivered or cannot be. The next event of its user is then due. */
  complete(event: OutboxEvent): Promise<void>;

  /** Counts a failed attempt, and ends the claim. @param delay milliseconds until the event is due again. */
  postpone(event: OutboxEvent, delay: number): Promise<void>;

  /** Ends the claim without an attempt. The event is due at once. */
  release(event: OutboxEvent): Promise<void>;

  /** Deletes the oldest events beyond the limits, at most {@link DROP_BATCH_SIZE}. @returns their number. */
  dropExcess(limits: OutboxLimits): Promise<number>;
}
