import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import type { MovableDatabase } from '../database/movable.ts';
import type { Move } from '../database/move-state.ts';
import { areEqual, checksumsIn } from '../storage/checksums.ts';
import type { PictureStorage } from '../storage/storage.ts';
import { CopyDiffersError, MoveRefusedError } from './errors.ts';

/** What is moved, from where to where. */
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
    /** Of the storage in which the pictures lie afterwards. */
    readonly storageName: string;
  };
}

export interface MoveOptions {
  /** Only looks whether it could be done, and what there is. */
  readonly dryRun: boolean;
  /** Names a move that begins now. */
  readonly id: string;
  /**
   * Called before the move changes anything, unless it is finished already. Claims the new storage for this move. If it
   * rejects, so does the move.
   */
  readonly prepare: () => Promise<void>;
  /** Told now and again how many pictures of how many are done. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface MoveReport {
  readonly users: number;
  readonly pictures: number;
  /** Pictures whose files were copied by this run, and compared with what they were copied from. */
  readonly copied: number;
  /** Pictures whose files stood there already, and are the same. */
  readonly kept: number;
  /** Ids of pictures that have no files; their rows are moved all the same. */
  readonly missing: readonly string[];
}

/** A storage that is far away needs some milliseconds for each. */
const COPIES_AT_ONCE = 8;

/**
 * Moves users and pictures, or goes on with a move that was broken off. Until it is finished nothing can be changed on
 * either side, and from then on only on the new one. What is copied is read again and compared.
 * Rejects with MoveRefusedError, with CopyDiffersError, or with the errors of the databases and storages.
 */
export async function migrate(sides: MoveSides, options: MoveOptions): Promise<MoveReport> {
  const { from, to } = sides;
  const begun = await check(sides, options.id);
  if (options.dryRun) {
    const missing = await findMissing(from);
    return { ...(await from.database.count(0)), copied: 0, kept: 0, missing };
  }
  const there = await to.database?.findMove();
  const isFinished = begun.finished || there?.finished === true;
  if (!isFinished) {
    await options.prepare();
  }
  await from.database.saveMove(begun);
  // Counted only now that nothing changes any more.
  const total = await from.database.count(0);
  if (isFinished) {
    await from.database.saveMove({ ...begun, finished: true });
    return { ...total, copied: 0, kept: 0, missing: [] };
  }
  await to.database?.saveMove({ ...begun, side: 'to' });
  await copyUsers(sides);
  const copies = await copyPictures(sides, begun, options.onProgress);
  if (to.database !== undefined) {
    compare(total, await to.database.count(0), 'the number of rows');
  }
  // First the new one: were it cut off between the two, both would refuse writes, and never both accept them.
  await to.database?.saveMove({ ...begun, side: 'to', finished: true });
  await from.database.saveMove({ ...begun, finished: true });
  return { ...total, ...copies };
}

/** Takes a move back: the old side may be changed again. Rejects with MoveRefusedError. */
export async function cancelMove(database: MovableDatabase, { force }: { force: boolean }): Promise<void> {
  const begun = await database.findMove();
  if (begun === undefined || begun.side === 'to') {
    throw new MoveRefusedError('nothing is being moved from here');
  }
  if (begun.finished && !force) {
    throw new MoveRefusedError('it is finished, and what was changed at the new place would be lost');
  }
  await database.deleteMove();
}

/** Whether it may be done. @returns the move as it begins, or as it began before. */
async function check({ from, to }: MoveSides, id: string): Promise<Move> {
  const database = to.database?.name ?? null;
  const earlier = await from.database.findMove();
  const isSame =
    earlier?.side === 'from' && earlier.database === database && earlier.storage === to.storageName;
  if (earlier !== undefined && !isSame) {
    refuseAfter(earlier, from.storageName);
  }
  const begun = isSame
    ? earlier
    : { id, side: 'from' as const, finished: false, database, storage: to.storageName, copied: 0 };
  if (to.database !== undefined) {
    await checkEmpty(to.database, begun);
  }
  return begun;
}

/** Throws MoveRefusedError, unless nothing is there but what this move has brought. */
async function checkEmpty(database: MovableDatabase, { id }: Move): Promise<void> {
  const there = await database.findMove();
  if (there?.id === id) {
    return;
  }
  const { users, pictures } = await database.count(0);
  if (users > 0 || pictures > 0) {
    throw new MoveRefusedError(
      `${database.name} is not empty: it holds ${users} users and ${pictures} pictures`,
    );
  }
  if (there !== undefined) {
    throw new MoveRefusedError(`${database.name} takes part in another move`);
  }
}

/** Throws MoveRefusedError if what is configured is no more, or not yet, where the pictures are. */
function refuseAfter(earlier: Move, storageName: string): void {
  const { side, finished, database, storage } = earlier;
  if (side === 'to' && !finished) {
    throw new MoveRefusedError('a move into the database that is configured is not finished');
  }
  const isHere = side === 'to' || (database === null && storage === storageName);
  if (!finished || !isHere) {
    const target = database === null ? storage : `${database} and ${storage}`;
    throw new MoveRefusedError(
      finished ? `everything was moved to ${target} before` : `a move to ${target} is not finished`,
    );
  }
}

async function copyUsers({ from, to }: MoveSides): Promise<void> {
  if (to.database === undefined) {
    return;
  }
  for (let after = ''; ; ) {
    const rows = await from.database.users(after);
    const users = rows.map((row) => ({ ...row, name: portable(row.name) }));
    const last = users.at(-1);
    if (last === undefined) {
      return;
    }
    await to.database.add(users, []);
    const there = await to.database.usersById(users.map(({ id }) => id));
    const byId = new Map(there.map((user) => [user.id, user]));
    compare(
      users,
      users.map(({ id }) => byId.get(id)),
      'a user',
    );
    after = last.id;
  }
}

/** In the order of their sequences, and each batch's files before its rows: no row names what is not durable. */
async function copyPictures({ from, to }: MoveSides, begun: Move, onProgress: MoveOptions['onProgress']) {
  const limit = pLimit(COPIES_AT_ONCE);
  const outcomes: { readonly id: string; readonly outcome: CopyOutcome }[] = [];
  const { pictures: total } = await from.database.count(0);
  let { pictures: left } = await from.database.count(begun.copied);
  for (let { copied } = begun; ; ) {
    onProgress(total - left, total);
    const rows = await from.database.pictures(copied);
    const pictures = rows.map((row) => ({ ...row, altText: portable(row.altText) }));
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
  const of = (wanted: CopyOutcome) => outcomes.filter(({ outcome }) => outcome === wanted);
  return {
    copied: of('copied').length,
    kept: of('kept').length,
    missing: of('missing').map(({ id }) => id),
  };
}

async function findMissing({ database, storage }: MoveSides['from']): Promise<string[]> {
  const limit = pLimit(COPIES_AT_ONCE);
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

/** What stands there already was copied before this run: by a move that was broken off, or by hand. */
async function copyFiles(from: PictureStorage, to: PictureStorage, path: string): Promise<CopyOutcome> {
  const there = await to.checksums(path);
  if (there.size > 0) {
    if (areEqual(there, await from.checksums(path))) {
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
    const taken = await checksumsIn(staging.directory);
    await staging.publish();
    if (!areEqual(await to.checksums(path), taken)) {
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

/** Not every database has texts with a NUL in them, and nobody sees it. */
function portable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '');
}
