import { and, asc, desc, eq, gte, inArray, isNull, lte, max, min, type SQL, sql } from 'drizzle-orm';
import type { Move } from '../move-state.ts';
import { CLAIM_MS, DROP_BATCH_SIZE, type Outbox } from '../outbox.ts';
import { findMove } from './find-move.ts';
import type { Drizzle, Pool } from './open-pool.ts';
import { lockEvents, type Recorder } from './record-change.ts';
import { outbox } from './schema.ts';

export interface OutboxAccess {
  readonly pool: Pick<Pool, 'read' | 'write'>;
  /** Returns false during a move. */
  readonly mayWrite: (move: Move | undefined) => boolean;
  readonly recorder: Recorder;
}

// All times are those of Postgres, because the clocks of the instances differ.
const isDue = sql`${outbox.nextAttemptAt} <= now()`;

/**
 * Creates the outbox of a Postgres database; see {@link Outbox}. The instances share the events. A claim is a later
 * time of the next attempt, so that no transaction stays open during a request, and so that a claim ends by itself if
 * its instance ends.
 */
export function createOutbox({ pool: { read, write }, mayWrite, recorder }: OutboxAccess): Outbox {
  /** Sets the time of the next attempt, unless the event was deleted in the meantime. */
  async function setNextAttempt(sequence: number, delay: number, failures?: number): Promise<void> {
    await write(async (tx) => {
      await tx
        .update(outbox)
        .set({ nextAttemptAt: inMilliseconds(delay), ...(failures !== undefined && { failures }) })
        .where(eq(outbox.sequence, sequence));
    });
  }

  return {
    onRecorded: recorder.onRecorded,

    async claim(limit) {
      // Most searches find nothing. They take one statement. Without its order, Postgres might scan the table until it
      // finds an event that is due.
      const [due] = await read((db) =>
        db
          .select({ sequence: outbox.sequence })
          .from(outbox)
          .where(isDue)
          .orderBy(asc(outbox.nextAttemptAt))
          .limit(1),
      );
      return due === undefined
        ? []
        : await write(async (tx) => {
            if (!mayWrite(await findMove(tx))) {
              return [];
            }
            const locked = await tx
              .select({ sequence: outbox.sequence })
              .from(outbox)
              .where(isDue)
              .orderBy(asc(outbox.nextAttemptAt))
              .limit(limit)
              .for('update', { skipLocked: true });
            const sequences = locked.map(({ sequence }) => sequence);
            return await tx
              .update(outbox)
              .set({ nextAttemptAt: inMilliseconds(CLAIM_MS) })
              .where(inArray(outbox.sequence, sequences))
              .returning();
          });
    },

    complete: ({ sequence, userId }) =>
      write(async (tx) => {
        await lockEvents(tx, [userId]);
        await tx.delete(outbox).where(eq(outbox.sequence, sequence));
        await makeDue(tx, [userId], 0);
      }),

    postpone: ({ sequence, failures }, delay) => setNextAttempt(sequence, delay, failures + 1),

    release: ({ sequence }) => setNextAttempt(sequence, 0),

    dropExcess: ({ events, age }) =>
      write(async (tx) => {
        const ends = await findEnds(tx);
        if (ends === undefined) {
          return 0;
        }
        const lastExcess = await findLastExcess(tx, ends, events);
        const isExpired = Number.isFinite(age)
          ? sql<boolean>`${outbox.changedAt} < ${inMilliseconds(-age)}`
          : sql<boolean>`false`;
        const oldest = await tx
          .select({ sequence: outbox.sequence, userId: outbox.userId, isExpired })
          .from(outbox)
          .where(gte(outbox.sequence, ends.first))
          .orderBy(asc(outbox.sequence))
          .limit(DROP_BATCH_SIZE);
        const excess = oldest.filter((event) => event.sequence <= lastExcess || event.isExpired);
        if (excess.length === 0) {
          return 0;
        }
        const userIds = [...new Set(excess.map(({ userId }) => userId))];
        await lockEvents(tx, userIds);
        const sequences = excess.map(({ sequence }) => sequence);
        const { rowCount } = await tx.delete(outbox).where(inArray(outbox.sequence, sequences));
        // One of the deleted events may be on its way. It must not arrive after the next one of its user.
        await makeDue(tx, userIds, CLAIM_MS);
        return rowCount ?? 0;
      }),
  };
}

/** Makes the oldest event of each user due after a delay in milliseconds, unless it has been due before. */
async function makeDue(tx: Drizzle, userIds: readonly string[], delay: number): Promise<void> {
  for (const userId of userIds) {
    const oldest = tx
      .select({ sequence: min(outbox.sequence) })
      .from(outbox)
      .where(eq(outbox.userId, userId));
    await tx
      .update(outbox)
      .set({ nextAttemptAt: inMilliseconds(delay) })
      .where(and(eq(outbox.sequence, sql`(${oldest})`), isNull(outbox.nextAttemptAt)));
  }
}

/** Returns the lowest and the highest sequence, or undefined without events. Reads two entries of an index. */
async function findEnds(tx: Drizzle): Promise<{ first: number; last: number } | undefined> {
  const [ends] = await tx.select({ first: min(outbox.sequence), last: max(outbox.sequence) }).from(outbox);
  return ends?.first == null || ends.last == null ? undefined : { first: ends.first, last: ends.last };
}

/** Returns the sequence of the newest event beyond a number of events, or 0. */
async function findLastExcess(
  tx: Drizzle,
  { first, last }: { readonly first: number; readonly last: number },
  events: number,
): Promise<number> {
  // Usually, even the sequences between the ends are too few. Then there is nothing to count.
  if (last - first < events) {
    return 0;
  }
  const [excess] = await tx
    .select({ sequence: outbox.sequence })
    .from(outbox)
    .where(lte(outbox.sequence, last))
    .orderBy(desc(outbox.sequence))
    .limit(1)
    .offset(events);
  return excess?.sequence ?? 0;
}

/** Returns a time in relation to now. */
function inMilliseconds(delay: number): SQL<Date> {
  return sql<Date>`date_trunc('milliseconds', now()) + ${delay} * interval '1 millisecond'`;
}
