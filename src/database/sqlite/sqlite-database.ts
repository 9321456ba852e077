import { and, asc, desc, eq, gt, inArray, lt, lte, max, sql } from 'drizzle-orm';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { PictureDatabase, PictureState } from '../database.ts';
import { DatabaseBusyError, DatabaseMovedError, PictureNotPendingError } from '../errors.ts';
import { newInstance } from '../instance.ts';
import { isWritable } from '../move.ts';
import { toUser } from '../to-user.ts';
import { findMove } from './find-move.ts';
import { type Drizzle, openSqlite, type SqliteOptions, type Transaction } from './open-sqlite.ts';
import { retryWhenBusy } from './retry-when-busy.ts';
import { pictures, users } from './schema.ts';

// Written out, not bound: SQLite uses a partial index only if the condition stands in the statement.
const isLive = sql`${pictures.state} = 'live'`;
const isTrash = sql`${pictures.state} = 'trash'`;
const isUnfinished = sql`${pictures.state} IN ('pending', 'deleting')`;
const isPending = and(isUnfinished, eq(pictures.state, 'pending'));
const isDeleting = and(isUnfinished, eq(pictures.state, 'deleting'));

/** Who is nameless this time keeps the name of before. */
const latestName = sql`coalesce(excluded.name, ${users.name})`;

const KEY = { id: pictures.id, path: pictures.path };
const STORED_PORTION = 1_000;

/**
 * Opens the database in a file; see {@link PictureDatabase}. One server at a time may work on it (see
 * claim-sqlite.ts), so every other instance has ended, and what was pending when it was opened is left over.
 * Throws DatabaseUnusableError.
 */
export function openSqliteDatabase(path: string, options?: SqliteOptions): PictureDatabase {
  const connection = openSqlite(path, options);
  const db = connection.drizzle;
  const instance = newInstance();
  const leftOver =
    db
      .select({ last: max(pictures.sequence) })
      .from(pictures)
      .get()?.last ?? 0;
  /** SQLite goes on with a file that was deleted or moved, and nobody would find again what is written then. */
  function checkInPlace(): void {
    if (!connection.isInPlace()) {
      throw new DatabaseBusyError({
        cause: new Error(`The database file ${path} is gone, or another one is in its place.`),
      });
    }
  }
  const mayWrite = (tx: Drizzle | Transaction) => isWritable(findMove(tx), options?.storage);
  /**
   * Finishes what was begun, of which a move takes nothing along. Takes the write lock at once, so that no
   * transaction fails half way because another came first.
   */
  const clear = <T>(run: (tx: Transaction) => T) =>
    retryWhenBusy(() => {
      checkInPlace();
      return db.transaction(run, { behavior: 'immediate' });
    });
  /** Changes what users have. */
  const write = <T>(run: (tx: Transaction) => T) =>
    clear((tx) => {
      if (!mayWrite(tx)) {
        throw new DatabaseMovedError();
      }
      return run(tx);
    });
  const read = retryWhenBusy;

  return {
    instance,

    findEnded: async (instances) => new Set(instances.filter((other) => other !== instance)),

    findMove: () => read(() => findMove(db)),

    checkWritable: () =>
      read(() => {
        if (!mayWrite(db)) {
          throw new DatabaseMovedError();
        }
      }),

    findUsers: (ids) =>
      read(() => {
        const rows = db
          .select()
          .from(users)
          .leftJoin(pictures, and(eq(pictures.userId, users.id), isLive))
          .where(inArray(users.id, [...ids]))
          .all();
        return new Map(rows.map((row) => [row.users.id, toUser(row.users, row.pictures)]));
      }),

    accept: (picture, userName) =>
      write((tx) => {
        const { userId, ...columns } = picture;
        tx.insert(users)
          .values({ id: userId, name: userName })
          .onConflictDoUpdate({ target: users.id, set: { name: latestName } })
          .run();
        tx.insert(pictures)
          .values({ ...columns, userId, state: 'pending' })
          .run();
      }),

    settle: (id, details, now) =>
      write((tx) => {
        const row = tx
          .select({
            sequence: pictures.sequence,
            state: pictures.state,
            userId: users.id,
            settled: users.settledSequence,
          })
          .from(pictures)
          .innerJoin(users, eq(users.id, pictures.userId))
          .where(eq(pictures.id, id))
          .get();
        if (row?.state !== 'pending') {
          throw new PictureNotPendingError();
        }
        if (row.sequence <= row.settled) {
          tx.update(pictures)
            .set({ ...details, ...trashed(tx, row.userId, now) })
            .where(eq(pictures.id, id))
            .run();
          return 'trash';
        }
        trashLive(tx, row.userId, now);
        tx.update(pictures)
          .set({ ...details, state: 'live' })
          .where(eq(pictures.id, id))
          .run();
        tx.update(users).set({ settledSequence: row.sequence }).where(eq(users.id, row.userId)).run();
        return 'live';
      }),

    giveUp: (id) =>
      clear((tx) => {
        tx.update(pictures)
          .set({ state: 'deleting' })
          .where(and(eq(pictures.id, id), isPending))
          .run();
        return findState(tx, id);
      }),

    giveUpLeftOvers: () =>
      clear((tx) => {
        tx.update(pictures)
          .set({ state: 'deleting' })
          .where(and(isPending, lte(pictures.sequence, leftOver)))
          .run();
      }),

    stateOf: (id) => read(() => findState(db, id)),

    setAltText: (userId, altText) =>
      write(
        (tx) =>
          tx
            .update(pictures)
            .set({ altText })
            .where(and(eq(pictures.userId, userId), isLive))
            .run().changes > 0,
      ),

    moveToTrash: (userId, now) =>
      write((tx) => {
        overtakePending(tx, userId);
        trashLive(tx, userId, now);
      }),

    beginDeletion: (userId) =>
      write((tx) => {
        overtakePending(tx, userId);
        tx.update(pictures)
          .set({ state: 'deleting' })
          .where(and(eq(pictures.userId, userId), isLive))
          .run();
        return tx
          .select(KEY)
          .from(pictures)
          .where(and(eq(pictures.userId, userId), eq(pictures.state, 'deleting')))
          .all();
      }),

    restore: (userId, now) =>
      write((tx) => {
        const last = tx
          .select({ id: pictures.id })
          .from(pictures)
          .where(and(eq(pictures.userId, userId), isTrash))
          .orderBy(desc(pictures.trashedOrder))
          .limit(1)
          .get();
        if (last === undefined) {
          return false;
        }
        overtakePending(tx, userId);
        trashLive(tx, userId, now);
        tx.update(pictures)
          .set({ state: 'live', trashedAt: null, trashedOrder: null })
          .where(eq(pictures.id, last.id))
          .run();
        return true;
      }),

    beginPurge: (trashedBefore, limit) =>
      clear((tx) => {
        if (!mayWrite(tx)) {
          return [];
        }
        const due = tx
          .select({ id: pictures.id })
          .from(pictures)
          .where(and(isTrash, lt(pictures.trashedAt, trashedBefore)))
          .orderBy(asc(pictures.trashedAt))
          .limit(limit);
        return tx
          .update(pictures)
          .set({ state: 'deleting' })
          .where(inArray(pictures.id, due))
          .returning(KEY)
          .all();
      }),

    forget: (ids) =>
      clear((tx) => {
        tx.delete(pictures)
          .where(and(inArray(pictures.id, [...ids]), isDeleting))
          .run();
      }),

    findDeleting: () => read(() => db.select(KEY).from(pictures).where(isDeleting).all()),

    knownPaths: (paths) =>
      read(() => {
        const rows = db
          .select({ path: pictures.path })
          .from(pictures)
          .where(inArray(pictures.path, [...paths]))
          .all();
        return new Set(rows.map((row) => row.path));
      }),

    async *storedPictures() {
      let after = 0;
      for (;;) {
        const rows = await read(() =>
          db
            .select({ ...KEY, sequence: pictures.sequence })
            .from(pictures)
            .where(and(gt(pictures.sequence, after), inArray(pictures.state, ['live', 'trash'])))
            .orderBy(asc(pictures.sequence))
            .limit(STORED_PORTION)
            .all(),
        );
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        after = last.sequence;
        yield rows;
      }
    },

    // One server works on it, and its memory is enough.
    openLimiter: ({ name, ...limits }) => new RateLimiterMemory({ ...limits, keyPrefix: name }),

    async exclusively(work) {
      await work();
      return true;
    },

    check: () =>
      read(() => {
        checkInPlace();
        db.get(sql`SELECT 1`);
      }),

    close: async () => connection.close(),
  };
}

function findState(db: Drizzle | Transaction, id: string): PictureState | null {
  return db.select({ state: pictures.state }).from(pictures).where(eq(pictures.id, id)).get()?.state ?? null;
}

/** What makes a row one of the trash, as the last that came there. */
function trashed(tx: Transaction, userId: string, now: Date) {
  const last = tx
    .select({ order: max(pictures.trashedOrder) })
    .from(pictures)
    .where(and(eq(pictures.userId, userId), isTrash))
    .get();
  return { state: 'trash', trashedAt: now, trashedOrder: (last?.order ?? 0) + 1 } as const;
}

function trashLive(tx: Transaction, userId: string, now: Date): void {
  tx.update(pictures)
    .set(trashed(tx, userId, now))
    .where(and(eq(pictures.userId, userId), isLive))
    .run();
}

/** Uploads that were accepted so far and are still pending come too late from now on. */
function overtakePending(tx: Transaction, userId: string): void {
  const last = tx
    .select({ sequence: max(pictures.sequence) })
    .from(pictures)
    .where(eq(pictures.userId, userId))
    .get();
  if (last?.sequence != null) {
    tx.update(users).set({ settledSequence: last.sequence }).where(eq(users.id, userId)).run();
  }
}
