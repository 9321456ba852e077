import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import type { MovableDatabase } from '../database/movable.ts';
import type { Move } from '../database/move-state.ts';
import { areEqual, checksumsIn } from '../storage/checksums.ts';
import type { PictureStorage } from '../storage/storage.ts';
import { CopyDiffersError, MoveRefusedError } from './errors.ts';

/** Databases and storages on both sides of a move. */
export interface MoveSides {
  readonly from: {
    readonly database: MovableDatabase;
    readonly storage: PictureStorage;
    readonly storageName: string;
  };
  readonly to: {
    /** Undefined if the rows stay where they are. */
    readonly database: MovableDatabase | undefined;
    /** Undefined if the files stay where they are. */
    readonly storage: PictureStorage | undefined;
    /** Name of the storage that has the pictures after the move. */
    readonly storageName: string;
  };
}

export interface MoveOptions {
  /** True to only check whether the move is possible, and count. */
  readonly dryRun: boolean;
  /** Id of the move, if it begins now. */
  readonly id: string;
  /**
   * Claims the new storage for this move. Called before the move changes anything, unless it is already finished. If it
   * rejects, so does the move.
   */
  readonly prepare: () => Promise<void>;
  /** Called before each batch and at the end, with the number of pictures that are done and the total. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface MoveReport {
  readonly users: number;
  readonly pictures: number;
  /** Number of pictures whose files this run copied, and compared with the originals. */
  readonly copied: number;
  /** Number of pictures whose files already existed and are the same. */
  readonly kept: number;
  /** Ids of pictures without files. Their rows are moved anyway. */
  readonly missing: readonly string[];
}

/** Concurrent copies. A remote storage takes some milliseconds for each. */
const MAX_CONCURRENT_COPIES = 8;

/**
 * Moves users and pictures, or resumes an interrupted move. Until the move is finished, neither side accepts writes.
 * After it, only the new side does. Every copy is read back and compared with its original. Rejects with
 * MoveRefusedError, with CopyDiffersError, or with the errors of the databases and storages.
 */
export async function migrate(sides: MoveSides, options: MoveOptions): Promise<MoveReport> {
  const { from, to } = sides;
  const begun = await check(sides, options.id);
  if (options.dryRun) {
    const missing = await findMissing(from);
    return { ...(await from.database.count(0)), copied: 0, kept: 0, missing };
  }
  const moveAtTarget = await to.database?.findMove();
  const isFinished = begun.finished || moveAtTarget?.finished === true;
  if (!isFinished) {
    await options.prepare();
  }
  await from.database.saveMove(begun);
  // Count only now, because the rows cannot change any more.
  const total = await from.database.count(0);
  if (isFinished) {
    await finish(sides, begun, moveAtTarget?.id === begun.id);
    return { ...total, copied: 0, kept: 0, missing: [] };
  }
  await to.database?.saveMove({ ...begun, side: 'to' });
  await copyUsers(sides);
  // Later backups find out by these counts that pictures in an earlier backup belong to deleted users.
  await to.database?.addDeletionCounts(await from.database.deletionCounts());
  const copies = await copyPictures(sides, begun, options.onProgress);
  if (to.database !== undefined) {
    await copyEvents(from.database, to.database);
    compare(total, await to.database.count(0), 'the number of rows');
  }
  await finish(sides, begun, true);
  return { ...total, ...copies };
}

/**
 * Marks a move as finished on the old side, and then on the new side. If the process ends in between, neither side
 * accepts writes, and `cancelMove` requires force. In the other order, a canceled move would leave both sides writable.
 * @param hasTarget false if the target no longer has the copies of this move.
 */
async function finish({ from, to }: MoveSides, begun: Move, hasTarget: boolean): Promise<void> {
  await from.database.saveMove({ ...begun, finished: true });
  if (hasTarget) {
    await to.database?.saveMove({ ...begun, side: 'to', finished: true });
  }
}

/** Cancels a move, so that the old side accepts writes again. Rejects with MoveRefusedError. */
export async function cancelMove(database: MovableDatabase, { force }: { force: boolean }): Promise<void> {
  const begun = await database.findMove();
  if (begun === undefined || begun.side === 'to') {
    throw new MoveRefusedError('There is no move from this database to cancel.');
  }
  if (begun.finished && !force) {
    throw new MoveRefusedError(
      'The move is finished, and changes on the new side would be lost. To cancel it anyway, use --force.',
    );
  }
  await database.deleteMove();
}

/** Checks whether the move is possible. Rejects with MoveRefusedError. @returns the new move, or the one to resume. */
async function check({ from, to }: MoveSides, id: string): Promise<Move> {
  const database = to.database?.name ?? null;
  const earlier = await from.database.findMove();
  const isSame =
    earlier?.side === 'from' && earlier.database === database && earlier.storage === to.storageName;
  if (earlier !== undefined && !isSame) {
    checkEarlierMove(earlier, from.storageName);
  }
  const begun = isSame
    ? earlier
    : { id, side: 'from' as const, finished: false, database, storage: to.storageName, copied: 0 };
  if (to.database !== undefined) {
    await checkEmpty(to.database, begun);
  }
  return begun;
}

/** Rejects with MoveRefusedError if the target has rows, unless this move copied them. */
async function checkEmpty(database: MovableDatabase, { id }: Move): Promise<void> {
  const existing = await database.findMove();
  if (existing?.id === id) {
    return;
  }
  const { users, pictures } = await database.count(0);
  if (users > 0 || pictures > 0) {
    throw new MoveRefusedError(
      `${database.name} is not empty. It has ${users} users and ${pictures} pictures. Use an empty database.`,
    );
  }
  if (existing !== undefined) {
    throw new MoveRefusedError(`${database.name} takes part in another move. Use another database.`);
  }
}

/** Throws MoveRefusedError if the pictures are no longer, or not yet, where the configuration says. */
function checkEarlierMove(earlier: Move, storageName: string): void {
  const { side, finished, database, storage } = earlier;
  if (side === 'to' && !finished) {
    throw new MoveRefusedError(
      'A move into the configured database is not finished. Finish that move first.',
    );
  }
  const isHere = side === 'to' || (database === null && storage === storageName);
  if (!finished || !isHere) {
    const target = database === null ? storage : `${database} and ${storage}`;
    throw new MoveRefusedError(
      finished
        ? `Everything was already moved to ${target}. Configure the server to use it.`
        : `A move to ${target} is not finished. Finish it, or cancel it with --cancel.`,
    );
  }
}

async function copyUsers({ from, to }: MoveSides): Promise<void> {
  if (to.database === undefined) {
    return;
  }
  for (let after = ''; ; ) {
    const rows = await from.database.users(after);
    const users = rows.map((row) => ({ ...row, name: withoutNul(row.name) }));
    const last = users.at(-1);
    if (last === undefined) {
      return;
    }
    await to.database.add(users, []);
    const copies = await to.database.usersById(users.map(({ id }) => id));
    const byId = new Map(copies.map((user) => [user.id, user]));
    compare(
      users,
      users.map(({ id }) => byId.get(id)),
      'a user',
    );
    after = last.id;
  }
}

/** Copies pictures, ordered by sequence. Copies the files of each batch before its rows, so that no row lacks files. */
async function copyPictures({ from, to }: MoveSides, begun: Move, onProgress: MoveOptions['onProgress']) {
  const limit = pLimit(MAX_CONCURRENT_COPIES);
  const outcomes: { readonly id: string; readonly outcome: CopyOutcome }[] = [];
  const { pictures: total } = await from.database.count(0);
  let { pictures: left } = await from.database.count(begun.copied);
  for (let { copied } = begun; ; ) {
    onProgress(total - left, total);
    const rows = await from.database.pictures(copied);
    const pictures = rows.map((row) => ({ ...row, altText: withoutNul(row.altText) }));
    const last = pictures.at(-1);
    if (last === undefined) {
      break;
    }
    const { storage } = to;
    if (storage !== undefined) {
      const copy = async ({ id, path }: { id: string; path: string }) => ({
        id,
        outcome: await copyFiles(from.storage, storage, path),
      });
      outcomes.push(...(await limit.map(pictures, copy)));
    }
    if (to.database !== undefined) {
      await to.database.add([], pictures);
      compare(pictures, await to.database.pictures(copied), 'a picture');
    }
    copied = last.sequence;
    await from.database.saveMove({ ...begun, copied });
    left -= pictures.length;
  }
  const having = (wanted: CopyOutcome) => outcomes.filter(({ outcome }) => outcome === wanted);
  return {
    copied: having('copied').length,
    kept: having('kept').length,
    missing: having('missing').map(({ id }) => id),
  };
}

/**
 * Copies the events of the outbox, of which there are at most MAX_EVENTS (webhooks/). No server claims events during a
 * move. An attempt that began before it may still delete an event on the old side, which is then delivered twice.
 */
async function copyEvents(from: MovableDatabase, to: MovableDatabase): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await from.events(after);
    const events = rows.map((row) => ({ ...row, altText: withoutNul(row.altText) }));
    const last = events.at(-1);
    if (last === undefined) {
      return;
    }
    await to.addEvents(events);
    compare(
      events,
      await to.eventsBySequence(events.map(({ sequence }) => sequence)),
      'an event of the outbox',
    );
    after = last.sequence;
  }
}

async function findMissing({ database, storage }: MoveSides['from']): Promise<string[]> {
  const limit = pLimit(MAX_CONCURRENT_COPIES);
  const missing: string[] = [];
  for (let after = 0; ; ) {
    const pictures = await database.pictures(after);
    const last = pictures.at(-1);
    if (last === undefined) {
      return missing;
    }
    const exist = await limit.map(pictures, ({ path }) => storage.exists(path));
    missing.push(...pictures.filter((_, index) => exist[index] === false).map(({ id }) => id));
    after = last.sequence;
  }
}

type CopyOutcome = 'copied' | 'kept' | 'missing';

/** Copies a picture's files. Keeps identical files that an interrupted move or the operator copied before. */
async function copyFiles(from: PictureStorage, to: PictureStorage, path: string): Promise<CopyOutcome> {
  const existing = await to.checksums(path);
  if (existing.size > 0) {
    if (areEqual(existing, await from.checksums(path))) {
      return 'kept';
    }
    await to.delete([path]);
  }
  const staging = await to.stage(path);
  try {
    if (!(await from.copyTo(path, staging.directory))) {
      await staging.discard();
      return 'missing';
    }
    const staged = await checksumsIn(staging.directory);
    await staging.publish();
    if (!areEqual(await to.checksums(path), staged)) {
      throw new CopyDiffersError(`the files of ${path}`);
    }
    return 'copied';
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

function compare(expected: unknown, found: unknown, what: string): void {
  if (!isDeepStrictEqual(found, expected)) {
    throw new CopyDiffersError(what);
  }
}

/** Removes NULs, which Postgres cannot store and nothing displays. */
function withoutNul(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '');
}
