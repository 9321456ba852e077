import { and, asc, desc, eq, inArray, lt, max, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { EVICTION_LIMIT, TRASH_LIMIT } from '../database.ts';
import type { Drizzle } from './open-sqlite.ts';
import { moves, pictures, users } from './schema.ts';

// Written out, not bound: SQLite uses a partial index only if the condition stands in the statement.
export const isLive = sql`${pictures.state} = 'live'`;
export const isTrash = sql`${pictures.state} = 'trash'`;

/** Who is nameless this time keeps the name of before. */
const latestName = sql`coalesce(excluded.name, ${users.name})`;

/** What every rendered picture has. */
const DETAILS = {
  width: bound('width', pictures.width),
  height: bound('height', pictures.height),
  sizes: bound('sizes', pictures.sizes),
  placeholder: bound('placeholder', pictures.placeholder),
  dominantColor: bound('dominantColor', pictures.dominantColor),
};

const TRASHED = {
  state: 'trash',
  trashedAt: bound('trashedAt', pictures.trashedAt),
  trashedOrder: bound('trashedOrder', pictures.trashedOrder),
} as const;

export type Statements = ReturnType<typeof prepareStatements>;

/**
 * The statements of every upload and of every look at a user, made once: to write and compile one takes much longer than to
 * run it. There is one connection, so they run in whatever transaction is open.
 */
export function prepareStatements(db: Drizzle) {
  const bySize = new Map<number, ReturnType<typeof prepareFindUsers>>();

  function prepareFindUsers(count: number) {
    const ids = Array.from({ length: count }, (_, index) => sql.placeholder(String(index)));
    return db
      .select()
      .from(users)
      .leftJoin(pictures, and(eq(pictures.userId, users.id), isLive))
      .where(inArray(users.id, ids))
      .prepare();
  }

  const ofTrash = and(eq(pictures.userId, sql.placeholder('userId')), isTrash);
  const oldestKept = db
    .select({ order: pictures.trashedOrder })
    .from(pictures)
    .where(ofTrash)
    .orderBy(desc(pictures.trashedOrder))
    .limit(1)
    .offset(TRASH_LIMIT - 1);
  const excess = db
    .select({ id: pictures.id })
    .from(pictures)
    .where(and(ofTrash, lt(pictures.trashedOrder, oldestKept)))
    .orderBy(asc(pictures.trashedOrder))
    .limit(EVICTION_LIMIT);

  return {
    findMove: db.select().from(moves).prepare(),

    /** For so many, of which each is kept: a query asks for a hundred at most. Its parameters are their places in the list. */
    findUsers(count: number) {
      const statement = bySize.get(count) ?? prepareFindUsers(count);
      bySize.set(count, statement);
      return statement;
    },

    rememberUser: db
      .insert(users)
      .values({ id: sql.placeholder('userId'), name: sql.placeholder('userName') })
      .onConflictDoUpdate({ target: users.id, set: { name: latestName } })
      .prepare(),

    accept: db
      .insert(pictures)
      .values({
        id: sql.placeholder('id'),
        userId: sql.placeholder('userId'),
        state: 'pending',
        path: sql.placeholder('path'),
        fileName: sql.placeholder('fileName'),
        altText: sql.placeholder('altText'),
        acceptedAt: sql.placeholder('acceptedAt'),
      })
      .prepare(),

    findAccepted: db
      .select({
        sequence: pictures.sequence,
        state: pictures.state,
        userId: users.id,
        settled: users.settledSequence,
      })
      .from(pictures)
      .innerJoin(users, eq(users.id, pictures.userId))
      .where(eq(pictures.id, sql.placeholder('id')))
      .prepare(),

    lastOfTrash: db
      .select({ order: max(pictures.trashedOrder) })
      .from(pictures)
      .where(ofTrash)
      .prepare(),

    /** Takes the oldest pictures beyond {@link TRASH_LIMIT} out of a user's trash. */
    evict: db
      .update(pictures)
      .set({ state: 'deleting' })
      .where(inArray(pictures.id, excess))
      .returning({ id: pictures.id, path: pictures.path })
      .prepare(),

    trashLive: db
      .update(pictures)
      .set(TRASHED)
      .where(and(eq(pictures.userId, sql.placeholder('userId')), isLive))
      .prepare(),

    goLive: db
      .update(pictures)
      .set({ ...DETAILS, state: 'live' })
      .where(eq(pictures.id, sql.placeholder('id')))
      .prepare(),

    trashSuperseded: db
      .update(pictures)
      .set({ ...DETAILS, ...TRASHED })
      .where(eq(pictures.id, sql.placeholder('id')))
      .prepare(),

    settleUser: db
      .update(users)
      .set({ settledSequence: bound('settledSequence', users.settledSequence) })
      .where(eq(users.id, sql.placeholder('userId')))
      .prepare(),
  };
}

/** A value to come, stored as its column stores it: `set` takes no bare placeholder. */
function bound(name: string, column: SQLiteColumn): SQL {
  return sql`${sql.param(sql.placeholder(name), column)}`;
}
