import { and, asc, count, eq, getTableColumns, gt, inArray, not, sql } from 'drizzle-orm';
import { BATCH_SIZE, type MovableDatabase, type StoredRows } from '../movable.ts';
import { highestSequence, toStoredPicture } from '../stored-rows.ts';
import { claimSqlite } from './claim-sqlite.ts';
import { movableEvents } from './movable-events.ts';
import { type Drizzle, openSqlite, type SqliteOptions, type Transaction } from './open-sqlite.ts';
import { retryWhenBusy } from './retry-when-busy.ts';
import { deletionCounts, moves, pictures, users } from './schema.ts';

const isStored = inArray(pictures.state, ['live', 'trash']);
const isKept = not(users.deleting);
const { deleting: _deleting, ...STORED_USER } = getTableColumns(users);

/** Opens an SQLite database; see {@link MovableDatabase}. Throws DatabaseUnusableError. */
export function openMovableSqlite(path: string, options?: SqliteOptions): MovableDatabase {
  const { drizzle: db, close } = openSqlite(path, options);
  const write = <T>(run: (tx: Transaction) => T) =>
    retryWhenBusy(() => db.transaction(run, { behavior: 'immediate' }));
  let releaseClaim: (() => void) | undefined;
  return {
    name: `file://${path}`,
    ...rowsOf(db),
    ...movableEvents(db, write),

    async claim() {
      releaseClaim ??= claimSqlite(path, 'move');
    },

    count: (after) =>
      retryWhenBusy(() => ({
        users: db.select({ count: count() }).from(users).where(isKept).get()?.count ?? 0,
        pictures:
          db
            .select({ count: count() })
            .from(pictures)
            .where(and(gt(pictures.sequence, after), isStored))
            .get()?.count ?? 0,
      })),

    usersById: (ids) =>
      retryWhenBusy(() =>
        db
          .select(STORED_USER)
          .from(users)
          .where(and(isKept, inArray(users.id, [...ids])))
          .all(),
      ),

    picturesOf: (userId) =>
      retryWhenBusy(() =>
        db
          .select()
          .from(pictures)
          .where(and(eq(pictures.userId, userId), isStored))
          .orderBy(asc(pictures.sequence))
          .all()
          .map(toStoredPicture),
      ),

    add: (newUsers, newPictures) =>
      write((tx) => {
        if (newUsers.length > 0) {
          tx.insert(users)
            .values([...newUsers])
            .onConflictDoNothing()
            .run();
        }
        if (newPictures.length > 0) {
          tx.insert(pictures)
            .values([...newPictures])
            .onConflictDoNothing()
            .run();
        }
        raiseSequence(tx, highestSequence(newUsers, newPictures));
      }),

    addDeletionCounts: (counts) =>
      write((tx) => {
        for (const { userGroup, count } of counts) {
          tx.insert(deletionCounts)
            .values({ userGroup, count })
            .onConflictDoUpdate({ target: deletionCounts.userGroup, set: { count } })
            .run();
        }
      }),

    findMove: () => retryWhenBusy(() => db.select().from(moves).get()),

    saveMove: (move) =>
      write((tx) => {
        tx.delete(moves).run();
        tx.insert(moves).values(move).run();
      }),

    deleteMove: () =>
      write((tx) => {
        tx.delete(moves).run();
      }),

    async [Symbol.asyncDispose]() {
      releaseClaim?.();
      close();
    },
  };
}

function rowsOf(db: Drizzle): StoredRows {
  return {
    users: (after) =>
      retryWhenBusy(() =>
        db
          .select(STORED_USER)
          .from(users)
          .where(and(isKept, gt(users.id, after)))
          .orderBy(asc(users.id))
          .limit(BATCH_SIZE)
          .all(),
      ),
    pictures: (after) =>
      retryWhenBusy(() =>
        db
          .select()
          .from(pictures)
          .where(and(gt(pictures.sequence, after), isStored))
          .orderBy(asc(pictures.sequence))
          .limit(BATCH_SIZE)
          .all()
          .map(toStoredPicture),
      ),
    deletionCounts: () => retryWhenBusy(() => db.select().from(deletionCounts).all()),
  };
}

/** Makes pictures that are accepted later get sequences above this one, which SQLite stores in its own table. */
function raiseSequence(tx: Transaction, sequence: number): void {
  tx.run(sql`INSERT INTO sqlite_sequence (name, seq) SELECT 'pictures', 0
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'pictures')`);
  tx.run(sql`UPDATE sqlite_sequence SET seq = max(seq, ${sequence}) WHERE name = 'pictures'`);
}
