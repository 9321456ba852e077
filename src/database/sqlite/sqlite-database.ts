import { and, asc, desc, eq, gt, inArray, isNotNull, lt, lte, max, sql } from 'drizzle-orm';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import type { ChangeType } from '../change-types.ts';
import type { PictureDatabase, PictureState, Writer } from '../database.ts';
import {
  DatabaseBusyError,
  DatabaseClosedError,
  DatabaseMovedError,
  PictureExistsError,
  PictureNotPendingError,
  UserBeingDeletedError,
  UserDeletedError,
} from '../errors.ts';
import { newInstance } from '../instance.ts';
import { isWritable } from '../move-state.ts';
import { toAvatarPicture } from '../to-user.ts';
import { blockColumns, checkNotBlocked, toUploadBlock } from '../upload-block.ts';
import { claimFolder, type FolderClaim } from './claim-folder.ts';
import { type Drizzle, openSqlite, type SqliteOptions, type Transaction } from './open-sqlite.ts';
import { createFindAvatar } from './find-avatar.ts';
import { createFindRestricted } from './find-restricted.ts';
import { createFindUsers } from './find-users.ts';
import { checkYields } from '../check-yields.ts';
import { createOutbox } from './outbox.ts';
import { createRecorder } from './record-change.ts';
import { keepReserve } from './reserve.ts';
import { runOrRetry } from './retry-when-busy.ts';
import { pictures, users } from './schema.ts';
import { isLive, isTrash, prepareStatements, type Statements } from './statements.ts';
import { createUserDeletion } from './user-deletion.ts';

const isUnfinished = sql`${pictures.state} IN ('pending', 'deleting')`;
const isPending = and(isUnfinished, eq(pictures.state, 'pending'));
const isDeleting = and(isUnfinished, eq(pictures.state, 'deleting'));

const KEY = { id: pictures.id, path: pictures.path };
const STORED_BATCH_SIZE = 1_000;

/**
 * Opens an SQLite database; see {@link PictureDatabase}. Only one server at a time can use it (see claim-sqlite.ts). So
 * every other instance has ended, and the uploads that are pending now will never finish. Throws DatabaseUnusableError.
 */
export function openSqliteDatabase(path: string, options?: SqliteOptions): PictureDatabase {
  const connection = openSqlite(path, options);
  const db = connection.drizzle;
  const statements = prepareStatements(db);
  const recordsChanges = options?.recordsChanges === true;
  const recorder = createRecorder(db, recordsChanges);
  const instance = newInstance();
  const lastLeftover =
    db
      .select({ last: max(pictures.sequence) })
      .from(pictures)
      .get()?.last ?? 0;
  const claims: FolderClaim[] = [];
  /** Returns an error message for each folder that another server has claimed. */
  const renewClaims = () => claims.map(({ renew }) => renew()).filter((fault) => fault !== undefined);
  /**
   * Throws DatabaseBusyError if a file is missing or replaced, if another program changed its content, or if another
   * server has claimed a folder of this server.
   */
  function checkInPlace(): void {
    const [fault] = [connection.findFault(), ...renewClaims()].filter((found) => found !== undefined);
    if (fault !== undefined) {
      throw new DatabaseBusyError({ cause: new Error(fault) });
    }
  }
  let closed = false;
  /**
   * Runs a query. Checks `closed` at each attempt, because the database can be closed while a call waits for a lock.
   * Returns a promise only if the first attempt fails.
   */
  const readNow = <T>(run: () => T) =>
    runOrRetry(() => {
      if (closed) {
        throw new DatabaseClosedError();
      }
      return run();
    });
  const read = async <T>(run: () => T) => readNow(run);
  const mayWrite = () => isWritable(statements.findMove.get(), options?.storage);
  /**
   * Runs a transaction, even during a move. Cleanup uses it for pictures that a move does not copy. Takes the write
   * lock at the start, so the transaction cannot fail in the middle because another one took the lock.
   */
  const writeUnchecked = <T>(run: (tx: Transaction) => T) =>
    read(() => {
      checkInPlace();
      const result = db.transaction(run, { behavior: 'immediate' });
      connection.remember();
      recorder.committed();
      return result;
    });
  /** Runs a transaction that changes users or pictures. Throws DatabaseMovedError if a move forbids it. */
  const write = <T>(run: (tx: Transaction) => T) =>
    writeUnchecked((tx) => {
      if (!mayWrite()) {
        throw new DatabaseMovedError();
      }
      return run(tx);
    });
  /** Stores what a writer knows of a user. Throws UserBeingDeletedError. */
  const upsertUser = ({ subject, name, emailHashes }: Writer) => {
    const { md5 = null, sha256 = null } = emailHashes ?? {};
    const user = statements.upsertUser.get({ userId: subject, userName: name, md5, sha256 });
    if (user?.deleting === true) {
      throw new UserBeingDeletedError();
    }
    if (sha256 !== null) {
      statements.takeEmail.run({ userId: subject, sha256 });
    }
  };
  /** Does the same, but adds no row if someone else writes. The row of a deleted user must not come back that way. */
  const updateUser = (writer: Writer) => {
    const { subject, actor } = writer;
    if (actor === subject || statements.findBlock.get({ userId: subject }) !== undefined) {
      upsertUser(writer);
    }
  };

  /** Records a change of a picture, if there was one. */
  function recordChange(
    { subject, actor }: Pick<Writer, 'subject' | 'actor'>,
    type: ChangeType,
    picture: string | null | undefined,
  ): void {
    if (picture != null) {
      recorder.recordChange({ type, userId: subject, actor, picture });
    }
  }
  const findUsers = createFindUsers(db);
  const findAvatar = createFindAvatar(db);
  const findRestricted = createFindRestricted(db);
  const userDeletion = createUserDeletion(db);
  /**
   * False if the log may contain rows of deleted users: `secure_delete` does not overwrite them there. A server that was
   * killed may have left such a log.
   */
  let isLogClear = !userDeletion.wasUsed();
  /** Empties the log, unless another process is reading it. Then `maintain` tries again. */
  function clearLog(): void {
    checkInPlace();
    isLogClear = connection.clearLog();
  }

  return {
    instance,
    outbox: recordsChanges
      ? createOutbox({ db, read, write: writeUnchecked, mayWrite, recorder })
      : undefined,

    async claimFolders(folders) {
      claims.push(...folders.map(claimFolder));
    },

    findEndedInstances: async (instances) => new Set(instances.filter((other) => other !== instance)),

    findMove: () => read(() => statements.findMove.get()),

    checkWritable: () =>
      read(() => {
        // An upload can take minutes. Without the claim, another server could clear its file in that time.
        renewClaims();
        if (!mayWrite()) {
          throw new DatabaseMovedError();
        }
      }),

    findUsers: (ids) => readNow(() => findUsers(ids)),

    findRestricted: (ids, viewer, now) => read(() => findRestricted(ids, viewer, now)),

    findAvatar: (userId) => read(() => findAvatar(userId)),

    findAvatarNow(userId) {
      try {
        return closed ? undefined : findAvatar(userId);
      } catch {
        // The caller tries again with `findAvatar`, which waits while the database is busy.
        return undefined;
      }
    },

    findPictureByEmail: ({ md5, sha256 }) =>
      read(() => {
        const row =
          sha256 === undefined
            ? statements.findByMd5.get({ hash: md5 })
            : statements.findBySha256.get({ hash: sha256 });
        return toAvatarPicture(row);
      }),

    countDeletions: (userId) => read(() => userDeletion.count(userId)),

    accept: (picture, writer, deletions) =>
      write(() => {
        if (deletions !== undefined && deletions !== userDeletion.count(picture.userId)) {
          throw new UserDeletedError();
        }
        upsertUser(writer);
        if (statements.accept.run({ ...picture }).changes === 0) {
          throw new PictureExistsError();
        }
      }),

    settle: (id, actor, details, now, yields = false) =>
      write(() => {
        const row = statements.findAccepted.get({ id });
        if (row?.state !== 'pending') {
          throw new PictureNotPendingError();
        }
        if (row.userDeleted) {
          throw new UserDeletedError();
        }
        const { userId, sequence } = row;
        checkNotBlocked({ subject: userId, actor }, row, now);
        if (sequence <= row.settled) {
          const entry = nextTrashEntry(statements, userId, now);
          statements.trashSuperseded.run({ id, ...details, ...entry, withheld: false });
          return { state: 'trash', evicted: statements.evict.all({ userId }) };
        }
        const replaced = trashLive(statements, { subject: userId, actor }, now);
        checkYields(yields, replaced);
        statements.goLive.run({ id, ...details });
        if (!yields) {
          statements.settleUser.run({ userId, settledSequence: sequence });
        }
        recordChange({ subject: userId, actor }, 'profile_picture.updated', id);
        return { state: 'live', evicted: statements.evict.all({ userId }) };
      }),

    abandon: (id) =>
      writeUnchecked((tx) => {
        tx.update(pictures)
          .set({ state: 'deleting' })
          .where(and(eq(pictures.id, id), isPending))
          .run();
        return findState(tx, id);
      }),

    abandonLeftovers: () =>
      writeUnchecked((tx) => {
        tx.update(pictures)
          .set({ state: 'deleting' })
          .where(and(isPending, lte(pictures.sequence, lastLeftover)))
          .run();
      }),

    stateOf: (id) => read(() => findState(db, id)),

    setAltText: (writer, altText) =>
      write((tx) => {
        updateUser(writer);
        const changed = tx
          .update(pictures)
          .set({ altText })
          .where(and(eq(pictures.userId, writer.subject), isLive))
          .returning({ id: pictures.id })
          .get();
        recordChange(writer, 'profile_picture.updated', changed?.id);
        return changed?.id ?? null;
      }),

    moveToTrash: (writer, now) =>
      write((tx) => {
        updateUser(writer);
        supersedePending(tx, statements, writer.subject);
        const picture = trashLive(statements, writer, now);
        recordChange(writer, 'profile_picture.removed', picture);
        return { picture, evicted: statements.evict.all({ userId: writer.subject }) };
      }),

    beginDeletion: (writer) =>
      write((tx) => {
        updateUser(writer);
        supersedePending(tx, statements, writer.subject);
        const hidden = tx
          .update(pictures)
          .set({ state: 'deleting' })
          .where(and(eq(pictures.userId, writer.subject), isLive))
          .returning({ id: pictures.id })
          .get();
        recordChange(writer, 'profile_picture.deleted', hidden?.id);
        const deleting = tx
          .select(KEY)
          .from(pictures)
          .where(and(eq(pictures.userId, writer.subject), eq(pictures.state, 'deleting')))
          .all();
        return { picture: hidden?.id ?? null, deleting };
      }),

    restore: (writer, now) =>
      write((tx) => {
        updateUser(writer);
        const { subject, actor } = writer;
        checkNotBlocked(writer, statements.findBlock.get({ userId: subject }), now);
        const last = tx
          .select({ id: pictures.id })
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
          .get();
        if (last === undefined) {
          return null;
        }
        supersedePending(tx, statements, subject);
        trashLive(statements, writer, now);
        tx.update(pictures)
          .set({ state: 'live', trashedAt: null, trashedOrder: null, withheld: false })
          .where(eq(pictures.id, last.id))
          .run();
        recordChange(writer, 'profile_picture.restored', last.id);
        return { picture: last.id, evicted: statements.evict.all({ userId: subject }) };
      }),

    setUploadBlock: (writer, block, now) =>
      write((tx) => {
        if (block !== null) {
          upsertUser(writer);
        }
        const isChanged = block === null ? isNotNull(users.blockedAt) : undefined;
        const { changes } = tx
          .update(users)
          .set(blockColumns(block, now))
          .where(and(eq(users.id, writer.subject), isChanged))
          .run();
        if (changes > 0) {
          const { subject: userId, actor } = writer;
          recorder.recordChange({ type: 'user.upload_block_changed', userId, actor, picture: null });
        }
        return changes > 0;
      }),

    findUploadBlock: (userId, now) => read(() => toUploadBlock(statements.findBlock.get({ userId }), now)),

    async beginUserDeletion(userId, actor, now) {
      const begun = await write(() => {
        const deletion = userDeletion.begin(userId, actor, now);
        if (deletion.isNew) {
          recorder.recordUserDeletion(userId, actor);
        }
        return deletion;
      });
      isLogClear &&= !begun.isNew;
      return begun;
    },

    async finishUserDeletions(userId) {
      const isFinished = await writeUnchecked(() => userDeletion.finish(userId));
      if (isFinished && !isLogClear) {
        await read(clearLog);
      }
      return isFinished;
    },

    beginPurge: (trashedBefore, limit) =>
      writeUnchecked((tx) => {
        if (!mayWrite()) {
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

    deleteRows: (ids) =>
      writeUnchecked((tx) => {
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
            .limit(STORED_BATCH_SIZE)
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

    // Only one server uses the database, so it can count in memory.
    openLimiter: ({ name, ...limits }) => new RateLimiterMemory({ ...limits, keyPrefix: name }),

    async exclusively(work) {
      await work();
      return true;
    },

    async maintain() {
      renewClaims();
      // Not only if `isLogClear` is false: delivered events of deleted users may be in the log, too.
      if (userDeletion.wasUsed()) {
        await read(clearLog);
      }
      if (options?.keepsReserve === true) {
        keepReserve(connection.file);
      }
    },

    check: () =>
      read(() => {
        checkInPlace();
        db.get(sql`SELECT 1`);
      }),

    async close() {
      closed = true;
      connection.close();
      for (const claim of claims.splice(0)) {
        claim.release();
      }
    },
  };
}

function findState(db: Drizzle | Transaction, id: string): PictureState | null {
  return db.select({ state: pictures.state }).from(pictures).where(eq(pictures.id, id)).get()?.state ?? null;
}

/** Returns the column values of a new row in a user's trash, after all others. */
function nextTrashEntry({ lastTrashedOrder }: Statements, userId: string, now: Date) {
  return { trashedAt: now, trashedOrder: (lastTrashedOrder.get({ userId })?.order ?? 0) + 1 };
}

/** Moves the live picture to the trash. @returns its id, or null if there is none. */
function trashLive(
  statements: Statements,
  { subject, actor }: Pick<Writer, 'subject' | 'actor'>,
  now: Date,
): string | null {
  const entry = nextTrashEntry(statements, subject, now);
  const trashed = statements.trashLive.get({ userId: subject, ...entry, withheld: actor !== subject });
  return trashed?.id ?? null;
}

/** Marks all pending uploads of a user as superseded. When they finish, they go to the trash. */
function supersedePending(tx: Transaction, { settleUser }: Statements, userId: string): void {
  const last = tx
    .select({ sequence: max(pictures.sequence) })
    .from(pictures)
    .where(eq(pictures.userId, userId))
    .get();
  if (last?.sequence != null) {
    settleUser.run({ userId, settledSequence: last.sequence });
  }
}
