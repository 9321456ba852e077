import { asc, gt, inArray, sql } from 'drizzle-orm';
import { BATCH_SIZE, type MovableEvents } from '../movable.ts';
import type { Pool } from './open-pool.ts';
import { outbox } from './schema.ts';

/** Returns the events of a Postgres database. */
export function movableEvents({ read, write }: Pick<Pool, 'read' | 'write'>): MovableEvents {
  return {
    events: (after) =>
      read((db) =>
        db
          .select()
          .from(outbox)
          .where(gt(outbox.sequence, after))
          .orderBy(asc(outbox.sequence))
          .limit(BATCH_SIZE),
      ),

    eventsBySequence: (sequences) =>
      read((db) =>
        db
          .select()
          .from(outbox)
          .where(inArray(outbox.sequence, [...sequences]))
          .orderBy(asc(outbox.sequence)),
      ),

    addEvents: (events) =>
      write(async (tx) => {
        await tx
          .insert(outbox)
          .overridingSystemValue()
          .values([...events])
          .onConflictDoNothing();
        // Events that are recorded later get higher sequences.
        await tx.execute(sql`
          SELECT setval(pg_get_serial_sequence('portrait.outbox', 'sequence'), max(sequence)) FROM ${outbox}`);
      }),
  };
}
