import { asc, gt, inArray } from 'drizzle-orm';
import { BATCH_SIZE, type MovableEvents } from '../movable.ts';
import type { Drizzle, Transaction } from './open-sqlite.ts';
import { retryWhenBusy } from './retry-when-busy.ts';
import { outbox } from './schema.ts';

/** Returns the events of an SQLite database. @param write runs a transaction. */
export function movableEvents(
  db: Drizzle,
  write: <T>(run: (tx: Transaction) => T) => Promise<T>,
): MovableEvents {
  return {
    events: (after) =>
      retryWhenBusy(() =>
        db
          .select()
          .from(outbox)
          .where(gt(outbox.sequence, after))
          .orderBy(asc(outbox.sequence))
          .limit(BATCH_SIZE)
          .all(),
      ),

    eventsBySequence: (sequences) =>
      retryWhenBusy(() =>
        db
          .select()
          .from(outbox)
          .where(inArray(outbox.sequence, [...sequences]))
          .orderBy(asc(outbox.sequence))
          .all(),
      ),

    // SQLite itself raises the counter of the sequences.
    addEvents: (events) =>
      write((tx) => {
        tx.insert(outbox)
          .values([...events])
          .onConflictDoNothing()
          .run();
      }),
  };
}
