import { eq } from 'drizzle-orm';
import { newEventId } from '../new-event-id.ts';
import { type Change, CLAIM_MS } from '../outbox.ts';
import type { Drizzle } from './open-sqlite.ts';
import { outbox } from './schema.ts';

/** Records changes in the open transaction. */
export interface Recorder {
  /** Records a change after it was made. Does nothing if the changes are not wanted. */
  recordChange(change: Change): void;
  /** Deletes all events of a user, and records the deletion of the user. */
  recordUserDeletion(userId: string, actor: string | null): void;
  /** Sets the function that {@link committed} calls. */
  onRecorded(listener: () => void): void;
  /** Calls the listener if the transaction that has just been committed recorded an event. */
  committed(): void;
}

/** An event with the user's live picture. It is due at once, unless an earlier event of the user is not delivered. */
const INSERT = `
  INSERT INTO outbox (
    id, user_id, type, actor, picture_id, path, sizes, dominant_color, alt_text, changed_at, next_attempt_at
  )
  SELECT @id, @userId, @type, @actor, @picture,
    live.path, live.sizes, live.dominant_color, live.alt_text, @now,
    CASE WHEN NOT EXISTS (SELECT 1 FROM outbox WHERE user_id = @userId) THEN @dueAt END
  FROM (SELECT 1) LEFT JOIN pictures AS live ON live.user_id = @userId AND live.state = 'live'`;

/** Creates a recorder. @param records false to record nothing. Events of deleted users are deleted anyway. */
export function createRecorder(db: Drizzle, records: boolean): Recorder {
  const insert = db.$client.prepare(INSERT);
  let listener = () => {};
  let hasRecorded = false;

  /** Inserts an event. @param delay milliseconds until it is due, if it is the only one of its user. */
  function record({ userId, type, actor, picture }: Change, delay: number): void {
    const now = Date.now();
    insert.run({ id: newEventId(), userId, type, actor, picture, now, dueAt: now + delay });
    hasRecorded = true;
  }

  return {
    recordChange(change) {
      if (records) {
        record(change, 0);
      }
    },

    recordUserDeletion(userId, actor) {
      const { changes } = db.delete(outbox).where(eq(outbox.userId, userId)).run();
      if (records) {
        // One of the deleted events may be on its way. It must not arrive after this one.
        record({ type: 'user.deleted', userId, actor, picture: null }, changes > 0 ? CLAIM_MS : 0);
      }
    },

    onRecorded(newListener) {
      listener = newListener;
    },

    committed() {
      if (hasRecorded) {
        hasRecorded = false;
        listener();
      }
    },
  };
}
