import { and, asc, desc, eq, gt, inArray, isNotNull, lt, max, ne, sql } from 'drizzle-orm';
import type { Logger } from '../../telemetry/logger.ts';
import type { ChangeType } from '../change-types.ts';
import {
  EVICTION_LIMIT,
  type PictureDatabase,
  type PictureKey,
  type PictureState,
  TRASH_LIMIT,
  type Writer,
} from '../database.ts';
import {
  DatabaseMovedError,
  PictureExistsError,
  PictureNotPendingError,
  UserBeingDeletedError,
  UserDeletedError,
} from '../errors.ts';
import { newInstance } from '../instance.ts';
import { isWritable, type Move } from '../move-state.ts';
import { toAvatar, toAvatarPicture } from '../to-user.ts';
import { type BlockColumns, blockColumns, checkNotBlocked, toUploadBlock } from '../upload-block.ts';
import { RUNNING_INSTANCES } from './advisory-locks.ts';
import { watchAvailability } from './availability.ts';
import { findMove, lockForWriting } from './find-move.ts';
import { createFindAvatar } from './find-avatar.ts';
import { findRestricted } from './find-restricted.ts';
import { createFindUsers, hasNoNul } from './find-users.ts';
import { holdInstanceLock } from './instance-lock.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { type Drizzle, openPool } from './open-pool.ts';
import { openWhenReachable } from './open-when-reachable.ts';
import { checkYields } from '../check-yields.ts';
import { createOutbox } from './outbox.ts';
import { createRecorder } from './record-change.ts';
import { pictures, users } from './schema.ts';
import { openSharedLimiter } from './shared-limiter.ts';
import { isDeleting, isLive, isPending, isTrash } from './states.ts';
import { beginUserDeletion, countDeletions, finishUserDeletions } from './user-deletion.ts';

export interface PostgresOptions {
  /** Connection URL, which `pg` parses. */
  readonly url: string;
  /** Maximum number of pooled connections. One more connection holds the instance's lock. */
  readonly poolSize: number;
  /** Name of the storage that has the pictures; see move-state.ts. */
  readonly storage?: string;
  /** True to record each change in the outbox. */
  readonly recordsChanges?: boolean;
  readonly logger: Logger;
}

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

const KEY = { id: pictures.id, path: pictures.path };
const STORED_BATCH_SIZE = 1_000;

/**
 * Opens a Postgres database; see {@link PictureDatabase}. Any number of instances can share it. Every write for a user
 * first locks the user's row, so the writes of a user run one after the other, even on different instances.
 */
export async function openPostgresDatabase(options: PostgresOptions): Promise<PictureDatabase> {
  const { url, poolSize, logger } = options;
  const instance = newInstance();
  const instanceLock = await openWhenReachable(url, logger, async (client) => {
    await migratePostgres(client);
    return await holdInstanceLock(url, instance);
  });
  const pool = openPool(url, poolSize, watchAvailability(logger));
  const { read, check, close } = pool;
  const recordsChanges = options.recordsChanges === true;
  const recorder = createRecorder(recordsChanges);
  const mayWrite = (move: Move | undefined) => isWritable(move, options.storage);
  /** Runs a transaction, even during a move. Cleanup uses it for pictures that a move does not copy. */
  const writeUnchecked = async <T>(transaction: (tx: Drizzle) => Promise<T>) => {
    let last: Drizzle | undefined;
    const result = await pool.write((tx) => {
      last = tx;
      return transaction(tx);
    });
    recorder.committed(last);
    return result;
  };
  /** Runs a transaction that changes users or pictures. Rejects with DatabaseMovedError if a move forbids it. */
  const write = <T>(transaction: (tx: Drizzle) => Promise<T>) =>
    writeUnchecked(async (tx) => {
      if (!mayWrite(await lockForWriting(tx))) {
        throw new DatabaseMovedError();
      }
      return await transaction(tx);
    });
  /** Records a change of a picture, if there was one. */
  async function recordChange(
    tx: Drizzle,
    { subject, actor }: Pick<Writer, 'subject' | 'actor'>,
    type: ChangeType,
    picture: string | null | undefined,
  ): Promise<void> {
    if (picture != null) {
      await recorder.recordChange(tx, { type, userId: subject, actor, picture });
    }
  }
  const findAvatar = createFindAvatar();
  const findUsers = createFindUsers();
  let closed: Promise<unknown> | undefined;

  return {
    instance,
    outbox: recordsChanges ? createOutbox({ pool, mayWrite, recorder }) : undefined,

    async claimFolders() {},

    async findEndedInstances(instances) {
      const { rows } = await read((db) => db.execute<{ instance: string }>(RUNNING_INSTANCES));
      const running = new Set([instance, ...rows.map((row) => row.instance)]);
      return new Set(instances.filter((other) => !running.has(other)));
    },

    findMove: () => read(findMove),

    async checkWritable() {
      if (!mayWrite(await read(findMove))) {
        throw new DatabaseMovedError();
      }
    },

    findUsers: (ids) => read((db) => findUsers(db, ids)),

    findRestricted: (ids, viewer, now) => read((db) => findRestricted(db, ids, viewer, now)),

    findAvatar: (userId) =>
      hasNoNul(userId) ? read((db) => findAvatar(db, userId)) : Promise.resolve(toAvatar(undefined)),

    findAvatarNow: () => undefined,

    findPictureByEmail: ({ md5, sha256 }) =>
      read(async (db) => {
        const [row] = await db
          .select({ path: pictures.path, sizes: pictures.sizes })
          .from(users)
          .innerJoin(pictures, and(eq(pictures.userId, users.id), isLive))
          .where(sha256 === undefined ? eq(users.emailMd5, md5 ?? '') : eq(users.emailSha256, sha256))
          .limit(1);
        return toAvatarPicture(row);
      }),

    countDeletions: (userId) => read((db) => countDeletions(db, userId)),

    accept: ({ userId, altText, ...columns }, writer, deletions) =>
      write(async (tx) => {
        // The uploads of a user get their sequences one after the other.
        const user = await upsertUser(tx, writer);
        // A deletion that held the lock has counted itself.
        if (deletions !== undefined && deletions !== (await countDeletions(tx, userId))) {
          throw new UserDeletedError();
        }
        if (user?.deleting === true) {
          throw new UserBeingDeletedError();
        }
        const inserted = await tx
          .insert(pictures)
          .values({
            ...columns,
            userId,
            altText: withoutNul(altText),
            state: 'pending',
            acceptedBy: instance,
          })
          .onConflictDoNothing({ target: pictures.id })
          .returning({ id: pictures.id });
        if (inserted.length === 0) {
          throw new PictureExistsError();
        }
      }),

    settle: (id, actor, details, now, yields = false) =>
      write(async (tx) => {
        const userId = tx.select({ id: pictures.userId }).from(pictures).where(eq(pictures.id, id));
        const [user] = await tx
          .select({ id: users.id, settled: users.settledSequence, deleting: users.deleting, ...BLOCK })
          .from(users)
          .where(eq(users.id, userId))
          .for('no key update');
        const [row] = await tx
          .select({ sequence: pictures.sequence, state: pictures.state })
          .from(pictures)
          .where(eq(pictures.id, id))
          .for('update');
        if (user === undefined || row?.state !== 'pending') {
          throw new PictureNotPendingError();
        }
        if (user.deleting) {
          throw new UserDeletedError();
        }
        checkNotBlocked({ subject: user.id, actor }, user, now);
        if (row.sequence <= user.settled) {
          const { entry, orders } = await nextTrashEntry(tx, user.id, now);
          await tx
            .update(pictures)
            .set({ ...details, ...entry })
            .where(eq(pictures.id, id));
          const evicted = await evict(tx, user.id, [entry.trashedOrder, ...orders]);
          return { state: 'trash', evicted };
        }
        const { picture, orders } = await trashLive(tx, { subject: user.id, actor }, now);
        checkYields(yields, picture);
        await tx
          .update(pictures)
          .set({ ...details, state: 'live' })
          .where(eq(pictures.id, id));
        if (!yields) {
          await tx.update(users).set({ settledSequence: row.sequence }).where(eq(users.id, user.id));
        }
        await recordChange(tx, { subject: user.id, actor }, 'profile_picture.updated', id);
        return { state: 'live', evicted: await evict(tx, user.id, orders) };
      }),

    abandon: (id) =>
      writeUnchecked(async (tx) => {
        // Waits for a transaction that has locked the row, even if its client is gone, and then sees its outcome.
        const [row] = await tx
          .select({ id: pictures.id, state: pictures.state })
          .from(pictures)
          .where(eq(pictures.id, id))
          .for('update');
        if (row?.state !== 'pending') {
          return row?.state ?? null;
        }
        await setDeleting(tx, [row]);
        return 'deleting';
      }),

    abandonLeftovers: () =>
      writeUnchecked(async (tx) => {
        const leftovers = await tx
          .select({ id: pictures.id })
          .from(pictures)
          .where(
            and(
              isPending,
              ne(pictures.acceptedBy, instance),
              sql`${pictures.acceptedBy} NOT IN (${RUNNING_INSTANCES})`,
            ),
          )
          .for('update', { skipLocked: true });
        await setDeleting(tx, leftovers);
      }),

    stateOf: (id) => read((db) => findState(db, id)),

    setAltText: (writer, altText) =>
      write(async (tx) => {
        if ((await lockKnownUser(tx, writer)) === undefined) {
          return null;
        }
        const [changed] = await tx
          .update(pictures)
          .set({ altText: withoutNul(altText) })
          .where(and(eq(pictures.userId, writer.subject), isLive))
          .returning({ id: pictures.id });
        await recordChange(tx, writer, 'profile_picture.updated', changed?.id);
        return changed?.id ?? null;
      }),

    moveToTrash: (writer, now) =>
      write(async (tx) => {
        if ((await lockKnownUser(tx, writer)) === undefined) {
          return { picture: null, evicted: [] };
        }
        await supersedePending(tx, writer.subject);
        const { picture, orders } = await trashLive(tx, writer, now);
        await recordChange(tx, writer, 'profile_picture.removed', picture);
        return { picture, evicted: await evict(tx, writer.subject, orders) };
      }),

    beginDeletion: (writer) =>
      write(async (tx) => {
        if ((await lockKnownUser(tx, writer)) === undefined) {
          return { picture: null, deleting: [] };
        }
        await supersedePending(tx, writer.subject);
        const [hidden] = await tx
          .update(pictures)
          .set({ state: 'deleting' })
          .where(and(eq(pictures.userId, writer.subject), isLive))
          .returning({ id: pictures.id });
        await recordChange(tx, writer, 'profile_picture.deleted', hidden?.id);
        const deleting = await tx
          .select(KEY)
          .from(pictures)
          .where(and(eq(pictures.userId, writer.subject), isDeleting));
        return { picture: hidden?.id ?? null, deleting };
      }),

    restore: (writer, now) =>
      write(async (tx) => {
        const user = await lockKnownUser(tx, writer);
        if (user === undefined) {
          return null;
        }
        checkNotBlocked(writer, user, now);
        const { subject, actor } = writer;
        // Lock the picture, because a purge does not lock the user.
        const [last] = await tx
          .select({ id: pictures.id, order: pictures.trashedOrder })
          .from(pictures)
          .where(
            and(
              eq(pictures.userId, subject),
              isTrash,
              actor === subject ? eq(pictures.withheld, false) : undefined,
            ),
          )
          .orderBy(desc(pictures.trashedOrder))
          .limit(1)
          .for('update');
        if (last === undefined) {
          return null;
        }
        await supersedePending(tx, subject);
        const { orders } = await trashLive(tx, writer, now);
        await tx
          .update(pictures)
          .set({ state: 'live', trashedAt: null, trashedOrder: null, withheld: false })
          .where(eq(pictures.id, last.id));
        await recordChange(tx, writer, 'profile_picture.restored', last.id);
        const others = orders.filter((order) => order !== last.order);
        return { picture: last.id, evicted: await evict(tx, subject, others) };
      }),

    setUploadBlock: (writer, block, now) =>
      write(async (tx) => {
        if (block !== null) {
          await lockUser(tx, writer);
        }
        const { blockReason, ...columns } = blockColumns(block, now);
        const isChanged = block === null ? isNotNull(users.blockedAt) : undefined;
        const { rowCount } = await tx
          .update(users)
          .set({ ...columns, blockReason: withoutNul(blockReason) })
          .where(and(eq(users.id, writer.subject), isChanged));
        if (rowCount === 1) {
          const { subject: userId, actor } = writer;
          await recorder.recordChange(tx, {
            type: 'user.upload_block_changed',
            userId,
            actor,
            picture: null,
          });
        }
        return rowCount === 1;
      }),

    findUploadBlock: (userId, now) =>
      read(async (db) => {
        const [row] = await db.select(BLOCK).from(users).where(eq(users.id, userId));
        return toUploadBlock(row, now);
      }),

    beginUserDeletion: async (userId, actor, now) =>
      hasNoNul(userId)
        ? await write(async (tx) => {
            const deletion = await beginUserDeletion(tx, { userId, actor, now, instance });
            if (deletion.isNew) {
              await recorder.recordUserDeletion(tx, userId, actor);
            }
            return deletion;
          })
        : { isNew: false, pictures: [] },

    finishUserDeletions: (userId) => writeUnchecked((tx) => finishUserDeletions(tx, userId)),

    beginPurge: (trashedBefore, limit) =>
      writeUnchecked(async (tx) => {
        if (!mayWrite(await lockForWriting(tx))) {
          return [];
        }
        const due = await tx
          .select(KEY)
          .from(pictures)
          .where(and(isTrash, lt(pictures.trashedAt, trashedBefore)))
          .orderBy(asc(pictures.trashedAt))
          .limit(limit)
          .for('update', { skipLocked: true });
        await setDeleting(tx, due);
        return due;
      }),

    deleteRows: (ids) =>
      writeUnchecked(async (tx) => {
        const rows = await tx
          .select({ sequence: pictures.sequence, state: pictures.state })
          .from(pictures)
          .where(inArray(pictures.id, [...ids]))
          .for('update');
        const deleting = rows.filter(({ state }) => state === 'deleting').map(({ sequence }) => sequence);
        await tx.delete(pictures).where(inArray(pictures.sequence, deleting));
      }),

    findDeleting: () => read((db) => db.select(KEY).from(pictures).where(isDeleting)),

    knownPaths: (paths) =>
      read(async (db) => {
        const rows = await db
          .select({ path: pictures.path })
          .from(pictures)
          .where(inArray(pictures.path, [...paths]));
        return new Set(rows.map((row) => row.path));
      }),

    async *storedPictures() {
      let after = 0;
      for (;;) {
        const rows = await read((db) =>
          db
            .select({ ...KEY, sequence: pictures.sequence })
            .from(pictures)
            .where(and(gt(pictures.sequence, after), inArray(pictures.state, ['live', 'trash'])))
            .orderBy(asc(pictures.sequence))
            .limit(STORED_BATCH_SIZE),
        );
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        after = last.sequence;
        yield rows;
      }
    },

    openLimiter: (limits) => openSharedLimiter(pool, limits),

    exclusively: instanceLock.exclusively,

    async maintain() {},

    check,

    async close() {
      closed ??= Promise.all([close(), instanceLock.close()]);
      await closed;
    },
  };
}

/** Removes NULs, which Postgres cannot store, from a text that is only displayed. */
function withoutNul<T extends string | null>(text: T) {
  return text === null ? null : text.replaceAll('\0', '');
}

/** Does the same as {@link upsertUser}. @returns the user's block. Rejects with UserBeingDeletedError. */
async function lockUser(tx: Drizzle, writer: Writer): Promise<BlockColumns | undefined> {
  const user = await upsertUser(tx, writer);
  if (user?.deleting === true) {
    throw new UserBeingDeletedError();
  }
  return user;
}

/**
 * Does the same as {@link lockUser}, but adds no row if someone else writes. The row of a deleted user must not come
 * back that way.
 * @returns undefined for a user without a row.
 */
async function lockKnownUser(tx: Drizzle, writer: Writer): Promise<BlockColumns | undefined> {
  const { subject, actor } = writer;
  if (actor === subject) {
    return await lockUser(tx, writer);
  }
  const [user] = await tx
    .select({ ...BLOCK, deleting: users.deleting })
    .from(users)
    .where(eq(users.id, subject))
    .for('no key update');
  if (user?.deleting === true) {
    throw new UserBeingDeletedError();
  }
  return user;
}

/**
 * Makes every other write of this user wait until this transaction ends. Also stores the user's name and the hashes of
 * the user's address. If two users with one address write at the same time, both keep it until one of them writes
 * again.
 * @returns the user's block, and whether the user is being deleted. The transaction must then be rolled back.
 */
async function upsertUser(
  tx: Drizzle,
  { subject, name, emailHashes }: Writer,
): Promise<(BlockColumns & { readonly deleting: boolean }) | undefined> {
  const email = { emailMd5: emailHashes?.md5 ?? null, emailSha256: emailHashes?.sha256 ?? null };
  const [row] = await tx
    .insert(users)
    .values({ id: subject, name: withoutNul(name), ...email })
    .onConflictDoUpdate({ target: users.id, set: LATEST })
    .returning({ ...BLOCK, deleting: users.deleting });
  if (emailHashes !== undefined) {
    await tx
      .update(users)
      .set({ emailMd5: null, emailSha256: null })
      .where(and(eq(users.emailSha256, emailHashes.sha256), ne(users.id, subject)));
  }
  return row;
}

async function findState(db: Drizzle, id: string): Promise<PictureState | null> {
  const [row] = await db.select({ state: pictures.state }).from(pictures).where(eq(pictures.id, id));
  return row?.state ?? null;
}

async function setDeleting(tx: Drizzle, locked: readonly { id: string }[]): Promise<void> {
  const ids = locked.map(({ id }) => id);
  await tx.update(pictures).set({ state: 'deleting' }).where(inArray(pictures.id, ids));
}

/** Returns the column values of a new row in a user's trash, and the orders of the newest rows there, newest first. */
async function nextTrashEntry(tx: Drizzle, userId: string, now: Date) {
  const newest = await tx
    .select({ order: pictures.trashedOrder })
    .from(pictures)
    .where(and(eq(pictures.userId, userId), isTrash))
    .orderBy(desc(pictures.trashedOrder))
    .limit(TRASH_LIMIT + 1);
  const orders = newest.map(({ order }) => order ?? 0);
  const entry = { state: 'trash', trashedAt: now, trashedOrder: (orders[0] ?? 0) + 1 } as const;
  return { entry, orders };
}

/**
 * Moves the live picture to the trash.
 * @returns its id, or null if there is none, and the orders of the newest rows there afterwards, newest first.
 */
async function trashLive(
  tx: Drizzle,
  { subject, actor }: Pick<Writer, 'subject' | 'actor'>,
  now: Date,
): Promise<{ picture: string | null; orders: number[] }> {
  const { entry, orders } = await nextTrashEntry(tx, subject, now);
  const [trashed] = await tx
    .update(pictures)
    .set({ ...entry, withheld: actor !== subject })
    .where(and(eq(pictures.userId, subject), isLive))
    .returning({ id: pictures.id });
  return trashed === undefined
    ? { picture: null, orders }
    : { picture: trashed.id, orders: [entry.trashedOrder, ...orders] };
}

/**
 * Evicts the oldest pictures beyond {@link TRASH_LIMIT} from a user's trash. Skips rows that a purge has locked,
 * because they are already leaving the trash.
 * @param orders of the newest rows in the trash, newest first.
 */
async function evict(tx: Drizzle, userId: string, orders: readonly number[]): Promise<PictureKey[]> {
  const oldestKept = orders[TRASH_LIMIT - 1];
  // Most users are below the limit and need no further statement.
  if (oldestKept === undefined || orders.length <= TRASH_LIMIT) {
    return [];
  }
  const excess = await tx
    .select(KEY)
    .from(pictures)
    .where(and(eq(pictures.userId, userId), isTrash, lt(pictures.trashedOrder, oldestKept)))
    .orderBy(asc(pictures.trashedOrder))
    .limit(EVICTION_LIMIT)
    .for('update', { skipLocked: true });
  await setDeleting(tx, excess);
  return excess;
}

/** Marks all pending uploads of a user as superseded. When they finish, they go to the trash. */
async function supersedePending(tx: Drizzle, userId: string): Promise<void> {
  const [last] = await tx
    .select({ sequence: max(pictures.sequence) })
    .from(pictures)
    .where(and(eq(pictures.userId, userId), isPending));
  if (last?.sequence != null) {
    await tx
      .update(users)
      .set({ settledSequence: last.sequence })
      .where(and(eq(users.id, userId), lt(users.settledSequence, last.sequence)));
  }
}
