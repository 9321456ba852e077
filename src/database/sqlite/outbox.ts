import { and, asc, desc, eq, gt, gte, inArray, isNull, lte, max, min, type SQL, sql } from 'drizzle-orm';
import { CLAIM_MS, DROP_BATCH_SIZE, MAX_WAIT_MS, type Outbox, type OutboxEvent } from '../outbox.ts';
import type { Drizzle, Transaction } from './open-sqlite.ts';
import type { Recorder } from './record-change.ts';
import { outbox } from './schema.ts';

export interface OutboxAccess {
  readonly db: Drizzle;
  readonly read: <T>(run: () => T) => Promise<T>;
  /** Runs a transaction, even during a move. */
  readonly write: <T>(run: (tx: Transaction) => T) => Promise<T>;
  /** Returns false during a move. */
  readonly mayWrite: () => boolean;
  readonly recorder: Recorder;
}

/**
 * Creates the outbox of an SQLite database; see {@link Outbox}. Only one server uses the database, so claims are kept
 * in memory. That saves a commit for each event.
 */
export function createOutbox({ db, read, write, mayWrite, recorder }: OutboxAccess): Outbox {
  /** Ends of claims on the monotonic clock, by sequence. The number of concurrent attempts bounds them. */
  const claims = new Map<number, number>();

  /** Returns events without a claim. @param condition a range of times of the next attempt. */
  function findUnclaimed(condition: SQL, limit: number): OutboxEvent[] {
    return db
      .select()
      .from(outbox)
      .where(condition)
      .orderBy(asc(outbox.nextAttemptAt))
      .limit(limit + claims.size)
      .all()
      .filter(({ sequence }) => !claims.has(sequence))
      .slice(0, limit);
  }

  return {
    onRecorded: recorder.onRecorded,

    claim: (limit) =>
      read(() => {
        const now = performance.now();
        for (const [sequence, end] of claims) {
          if (end <= now) {
            claims.delete(sequence);
          }
        }
        if (!mayWrite()) {
          return [];
        }
        const wall = Date.now();
        const due = findUnclaimed(lte(outbox.nextAttemptAt, new Date(wall)), limit);
        // Without this search, events that were recorded before the clock was set back would wait until it catches up.
        const misdated = findUnclaimed(
          gt(outbox.nextAttemptAt, new Date(wall + MAX_WAIT_MS)),
          limit - due.length,
        );
        const events = [...due, ...misdated];
        for (const { sequence } of events) {
          claims.set(sequence, now + CLAIM_MS);
        }
        return events;
      }),

    async complete({ sequence, userId }) {
      await write((tx) => {
        tx.delete(outbox).where(eq(outbox.sequence, sequence)).run();
        makeDue(tx, [userId], 0);
      });
      claims.delete(sequence);
    },

    async postpone({ sequence, failures }, delay) {
      await write((tx) => {
        tx.update(outbox)
          .set({ failures: failures + 1, nextAttemptAt: new Date(Date.now() + delay) })
          .where(eq(outbox.sequence, sequence))
          .run();
      });
      claims.delete(sequence);
    },

    async release({ sequence }) {
      claims.delete(sequence);
    },

    dropExcess: ({ events, age }) =>
      write((tx) => {
        const ends = findEnds(tx);
        if (ends === undefined) {
          return 0;
        }
        const lastExcess = findLastExcess(tx, ends, events);
        const expiredBefore = Date.now() - age;
        const dropped = tx
          .select({ sequence: outbox.sequence, userId: outbox.userId, changedAt: outbox.changedAt })
          .from(outbox)
          .where(gte(outbox.sequence, ends.first))
          .orderBy(asc(outbox.sequence))
          .limit(DROP_BATCH_SIZE)
          .all()
          .filter(({ sequence, changedAt }) => sequence <= lastExcess || changedAt.getTime() < expiredBefore);
        const sequences = dropped.map(({ sequence }) => sequence);
        tx.delete(outbox).where(inArray(outbox.sequence, sequences)).run();
        // One of the deleted events may be on its way. It must not arrive after the next one of its user.
        makeDue(tx, [...new Set(dropped.map(({ userId }) => userId))], CLAIM_MS);
        return dropped.length;
      }),
  };
}

/** Makes the oldest event of each user due after a delay in milliseconds, unless it has been due before. */
function makeDue(tx: Transaction, userIds: readonly string[], delay: number): void {
  for (const userId of userIds) {
    const oldest = tx
      .select({ sequence: min(outbox.sequence) })
      .from(outbox)
      .where(eq(outbox.userId, userId));
    tx.update(outbox)
      .set({ nextAttemptAt: new Date(Date.now() + delay) })
      .where(and(eq(outbox.sequence, sql`(${oldest})`), isNull(outbox.nextAttemptAt)))
      .run();
  }
}

/** Returns the lowest and the highest sequence, or undefined without events. Each search reads one entry of an index. */
function findEnds(tx: Transaction): { first: number; last: number } | undefined {
  const low = tx
    .select({ first: min(outbox.sequence) })
    .from(outbox)
    .get();
  const high = tx
    .select({ last: max(outbox.sequence) })
    .from(outbox)
    .get();
  return low?.first == null || high?.last == null ? undefined : { first: low.first, last: high.last };
}

/** Returns the sequence of the newest event beyond a number of events, or 0. */
function findLastExcess(
  tx: Transaction,
  { first, last }: { readonly first: number; readonly last: number },
  events: number,
): number {
  // Usually, even the sequences between the ends are too few. Then there is nothing to count.
  if (last - first < events) {
    return 0;
  }
  const excess = tx
    .select({ sequence: outbox.sequence })
    .from(outbox)
    .where(lte(outbox.sequence, last))
    .orderBy(desc(outbox.sequence))
    .limit(1)
    .offset(events)
    .get();
  return excess?.sequence ?? 0;
}
