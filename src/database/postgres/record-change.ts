import { eq, sql } from 'drizzle-orm';
import { newEventId } from '../new-event-id.ts';
import { type Change, CLAIM_MS } from '../outbox.ts';
import { EVENTS_LOCK_SEED } from './advisory-locks.ts';
import type { Drizzle } from './open-pool.ts';
import { outbox, pictures } from './schema.ts';

/** Records changes in transactions. */
export interface Recorder {
  /** Records a change after it was made. Does nothing if the changes are not wanted. */
  recordChange(tx: Drizzle, change: Change): Promise<void>;
  /** Deletes all events of a user, and records the deletion of the user. */
  recordUserDeletion(tx: Drizzle, userId: string, actor: string | null): Promise<void>;
  /** Sets the function that {@link committed} calls. */
  onRecorded(listener: () => void): void;
  /** Calls the listener if a committed transaction recorded an event. */
  committed(tx: Drizzle | undefined): void;
}

/** Creates a recorder. @param records false to record nothing. Events of deleted users are deleted anyway. */
export function createRecorder(records: boolean): Recorder {
  const recordedIn = new WeakSet<Drizzle>();
  let listener = () => {};

  /** Inserts an event. The caller holds the lock of the user's events. @param delay in milliseconds. */
  async function insert(tx: Drizzle, change: Change, delay: number): Promise<void> {
    const { type, userId, actor, picture } = change;
    await tx.execute(sql`
      INSERT INTO ${outbox} (
        id, user_id, type, actor, picture_id, path, sizes, dominant_color, alt_text, changed_at, next_attempt_at
      )
      SELECT ${newEventId()}, ${userId}::text, ${type}, ${actor}, ${picture},
        live.path, live.sizes, live.dominant_color, live.alt_text, clock.now,
        CASE WHEN NOT EXISTS (SELECT 1 FROM ${outbox} WHERE user_id = ${userId}::text)
          THEN clock.now + ${delay} * interval '1 millisecond' END
      FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS now) AS clock
      LEFT JOIN ${pictures} AS live ON live.user_id = ${userId}::text AND live.state = 'live'`);
    recordedIn.add(tx);
  }

  return {
    async recordChange(tx, change) {
      if (records) {
        await lockEvents(tx, [change.userId]);
        await insert(tx, change, 0);
      }
    },

    async recordUserDeletion(tx, userId, actor) {
      await lockEvents(tx, [userId]);
      const { rowCount } = await tx.delete(outbox).where(eq(outbox.userId, userId));
      if (records) {
        // One of the deleted events may be on its way. It must not arrive after this one.
        const delay = rowCount === 0 ? 0 : CLAIM_MS;
        await insert(tx, { type: 'user.deleted', userId, actor, picture: null }, delay);
      }
    },

    onRecorded(newListener) {
      listener = newListener;
    },

    committed(tx) {
      if (tx !== undefined && recordedIn.has(tx)) {
        listener();
      }
    },
  };
}

/**
 * Makes other transactions wait that record or complete events of these users. Without the lock, an event could be
 * recorded as waiting for an earlier one that is completed at the same time. It would then wait forever.
 */
export async function lockEvents(tx: Drizzle, userIds: readonly string[]): Promise<void> {
  // Every transaction locks in the same order, so that none waits for another in a circle.
  for (const userId of userIds.toSorted()) {
    await tx.execute(
      sql`SELECT pg_advisory_xact_lock(hashtextextended(${userId}::text, ${sql.raw(EVENTS_LOCK_SEED)}))`,
    );
  }
}
