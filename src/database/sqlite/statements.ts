import { and, asc, desc, eq, inArray, lt, max, ne, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { EVICTION_LIMIT, TRASH_LIMIT } from '../database.ts';
import type { Drizzle } from './open-sqlite.ts';
import { moves, pictures, users } from './schema.ts';

// These states are literals, not parameters, because SQLite uses a partial index only if the statement contains its
// condition.
export const isLive = sql`${pictures.state} = 'live'`;
export const isTrash = sql`${pictures.state} = 'trash'`;

/** Keeps the stored name and the stored hashes if this write has none. */
const LATEST = {
  name: sql`coalesce(excluded.name, ${users.name})`,
  emailMd5: sql`coalesce(excluded.email_md5, ${users.emailMd5})`,
  emailSha256: sql`coalesce(excluded.email_sha256, ${users.emailSha256})`,
};

/** See {@link BlockColumns}. */
const BLOCK = {
  blockedAt: users.blockedAt,
  blockedUntil: users.blockedUntil,
  blockReason: users.blockReason,
};

/** Column values of a rendered picture. */
const DETAILS = {
  width: bound('width', pictures.width),
  height: bound('height', pictures.height),
  sizes: bound('sizes', pictures.sizes),
  placeholder: bound('placeholder', pictures.placeholder),
  dominantColor: bound('dominantColor', pictures.dominantColor),
};

/** Column values of a picture in the trash. */
const TRASHED = {
  state: 'trash',
  trashedAt: bound('trashedAt', pictures.trashedAt),
  trashedOrder: bound('trashedOrder', pictures.trashedOrder),
  withheld: bound('withheld', pictures.withheld),
} as const;

export type Statements = ReturnType<typeof prepareStatements>;

/**
 * Prepares the statements of uploads and of avatars once, because building and compiling a statement takes
 * much longer than running it. There is only one connection, so the statements run in its open transaction, if any.
 */
export function prepareStatements(db: Drizzle) {
  function findPictureBy(hash: SQLiteColumn) {
    return db
      .select({ path: pictures.path, sizes: pictures.sizes })
      .from(users)
      .innerJoin(pictures, and(eq(pictures.userId, users.id), isLive))
      .where(eq(hash, sql.placeholder('hash')))
      .limit(1)
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

    findByMd5: findPictureBy(users.emailMd5),
    findBySha256: findPictureBy(users.emailSha256),

    upsertUser: db
      .insert(users)
      .values({
        id: sql.placeholder('userId'),
        name: sql.placeholder('userName'),
        emailMd5: sql.placeholder('md5'),
        emailSha256: sql.placeholder('sha256'),
      })
      .onConflictDoUpdate({ target: users.id, set: LATEST })
      .returning({ deleting: users.deleting })
      .prepare(),

    /** Takes an address from all users except one. */
    takeEmail: db
      .update(users)
      .set({ emailMd5: null, emailSha256: null })
      .where(and(eq(users.emailSha256, sql.placeholder('sha256')), ne(users.id, sql.placeholder('userId'))))
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
      .onConflictDoNothing({ target: pictures.id })
      .prepare(),

    findAccepted: db
      .select({
        sequence: pictures.sequence,
        state: pictures.state,
        userId: users.id,
        settled: users.settledSequence,
        ...BLOCK,
        userDeleted: users.deleting,
      })
      .from(pictures)
      .innerJoin(users, eq(users.id, pictures.userId))
      .where(eq(pictures.id, sql.placeholder('id')))
      .prepare(),

    findBlock: db
      .select(BLOCK)
      .from(users)
      .where(eq(users.id, sql.placeholder('userId')))
      .prepare(),

    lastTrashedOrder: db
      .select({ order: max(pictures.trashedOrder) })
      .from(pictures)
      .where(ofTrash)
      .prepare(),

    /** Evicts the oldest pictures beyond {@link TRASH_LIMIT} from a user's trash. */
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
      .returning({ id: pictures.id })
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

/** Returns a placeholder that is encoded like its column. `set` accepts no bare placeholder. */
function bound(name: string, column: SQLiteColumn): SQL {
  return sql`${sql.param(sql.placeholder(name), column)}`;
}
