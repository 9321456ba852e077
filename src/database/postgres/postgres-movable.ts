import { and, asc, eq, getTableColumns, gt, inArray, not, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Logger } from '../../telemetry/logger.ts';
import { DatabaseInUseError } from '../errors.ts';
import { newInstance } from '../instance.ts';
import { BATCH_SIZE, type MovableDatabase, type StoredRows } from '../movable.ts';
import { highestSequence, toStoredPicture } from '../stored-rows.ts';
import { MOVE_LOCK, WRITERS_LOCK } from './advisory-locks.ts';
import { watchAvailability } from './availability.ts';
import { connectionSettings } from './connection-settings.ts';
import { findMove } from './find-move.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { movableEvents } from './movable-events.ts';
import { type Drizzle, openPool } from './open-pool.ts';
import { openWhenReachable } from './open-when-reachable.ts';
import { deletionCounts, moves, pictures, users } from './schema.ts';
import { isLive, isTrash } from './states.ts';

export interface MovablePostgres extends MovableDatabase {
  /** Runs work with all rows as of one moment, even while servers write. */
  snapshot<T>(work: (rows: StoredRows) => Promise<T>): Promise<T>;
}

const isStored = inArray(pictures.state, ['live', 'trash']);
const isKept = not(users.deleting);
const { deleting: _deleting, ...STORED_USER } = getTableColumns(users);
/** Value of `accepted_by` in inserted rows. It matters only for pending pictures, and a move inserts none. */
const acceptedBy = newInstance();

/** Opens a Postgres database; see {@link MovableDatabase}. Rejects with DatabaseUnusableError. */
export async function openMovablePostgres(url: string, logger: Logger): Promise<MovablePostgres> {
  await openWhenReachable(url, logger, migratePostgres);
  const session = await openSession(url);
  const { read, write, close } = openPool(url, 1, watchAvailability(logger));
  const name = nameOf(session);
  let closed: Promise<unknown> | undefined;

  return {
    name,

    users: (after) => read((db) => rowsOf(db).users(after)),
    pictures: (after) => read((db) => rowsOf(db).pictures(after)),
    ...movableEvents({ read, write }),
    deletionCounts: () => read((db) => rowsOf(db).deletionCounts()),

    async count(after) {
      const db = drizzle({ client: session });
      return {
        users: await db.$count(users, isKept),
        pictures: await db.$count(pictures, and(gt(pictures.sequence, after), isStored)),
      };
    },

    usersById: (ids) =>
      read((db) =>
        db
          .select(STORED_USER)
          .from(users)
          .where(and(isKept, inArray(users.id, [...ids]))),
      ),

    picturesOf: (userId) =>
      read(async (db) => {
        const ofUser = eq(pictures.userId, userId);
        // Each state has its own index of the pictures of a user.
        const rows = await db
          .select()
          .from(pictures)
          .where(or(and(ofUser, isLive), and(ofUser, isTrash)))
          .orderBy(asc(pictures.sequence));
        return rows.map(toStoredPicture);
      }),

    snapshot: (work) =>
      write(async (tx) => {
        await tx.execute(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`);
        return await work(rowsOf(tx));
      }),

    add: (newUsers, newPictures) =>
      write(async (tx) => {
        if (newUsers.length > 0) {
          await tx
            .insert(users)
            .values([...newUsers])
            .onConflictDoNothing();
        }
        if (newPictures.length > 0) {
          await tx
            .insert(pictures)
            .overridingSystemValue()
            .values(newPictures.map((picture) => ({ ...picture, acceptedBy })))
            .onConflictDoNothing();
        }
        await raiseSequence(tx, highestSequence(newUsers, newPictures));
      }),

    addDeletionCounts: (counts) =>
      write(async (tx) => {
        // A statement has at most 65,535 parameters.
        for (let start = 0; start < counts.length; start += BATCH_SIZE) {
          await tx
            .insert(deletionCounts)
            .values(counts.slice(start, start + BATCH_SIZE))
            .onConflictDoUpdate({ target: deletionCounts.userGroup, set: { count: sql`excluded.count` } });
        }
      }),

    async claim() {
      const { rows } = await session.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        MOVE_LOCK,
      ]);
      if (rows[0]?.locked !== true) {
        throw new DatabaseInUseError(name, 'Another move');
      }
    },

    findMove: () => read(findMove),

    saveMove: (move) =>
      write(async (tx) => {
        await tx.execute(sql`SELECT pg_advisory_xact_lock(${sql.raw(WRITERS_LOCK)})`);
        await tx.delete(moves);
        await tx.insert(moves).values(move);
      }),

    deleteMove: () =>
      write(async (tx) => {
        await tx.delete(moves);
      }),

    async [Symbol.asyncDispose]() {
      closed ??= Promise.all([close(), session.end()]);
      await closed;
    },
  };
}

function rowsOf(db: Drizzle): StoredRows {
  return {
    users: (after) =>
      db
        .select(STORED_USER)
        .from(users)
        .where(and(isKept, gt(users.id, after)))
        .orderBy(asc(users.id))
        .limit(BATCH_SIZE),
    pictures: async (after) => {
      const rows = await db
        .select()
        .from(pictures)
        .where(and(gt(pictures.sequence, after), isStored))
        .orderBy(asc(pictures.sequence))
        .limit(BATCH_SIZE);
      return rows.map(toStoredPicture);
    },
    deletionCounts: () => db.select().from(deletionCounts),
  };
}

/** Makes pictures that are accepted later get sequences above this one. */
async function raiseSequence(tx: Drizzle, sequence: number): Promise<void> {
  const counter = sql`pg_get_serial_sequence('portrait.pictures', 'sequence')`;
  if (sequence > 0) {
    await tx.execute(
      sql`SELECT setval(${counter}, GREATEST(${sequence}::bigint, (SELECT last_value FROM portrait.pictures_sequence_seq)))`,
    );
  }
}

/** Opens a session without time limits, for counting and for a claim, which lasts as long as its session. */
async function openSession(url: string): Promise<pg.Client> {
  const session = new pg.Client({ ...connectionSettings(url), query_timeout: 0 });
  // The next query on a lost session rejects.
  session.on('error', () => {});
  await session.connect();
  await session.query("SELECT set_config('statement_timeout', '0', false)");
  return session;
}

/** Returns the address without user and password. */
function nameOf({ host, port, database }: pg.Client): string {
  return `postgres://${host}:${port}/${database}`;
}
