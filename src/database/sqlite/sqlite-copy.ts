import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { eq, inArray } from 'drizzle-orm';
import type { PictureKey } from '../database.ts';
import { DatabaseUnusableError } from '../errors.ts';
import type { StoredRows } from '../movable.ts';
import { claimSqlite } from './claim-sqlite.ts';
import { openSqlite } from './open-sqlite.ts';
import { moves, pictures } from './schema.ts';
import { openSqliteDatabase } from './sqlite-database.ts';
import { openMovableSqlite } from './sqlite-movable.ts';

/** A database as it was at one moment: what was live or in the trash then, and nothing that was under way. */
export interface DatabaseCopy {
  storedPictures(): AsyncIterable<PictureKey[]>;
  /** Takes a picture out. */
  omit(id: string): void;
}

/** Milliseconds to wait for a server that is just starting or ending. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Makes a copy of a database as a file. It takes the place of an earlier one when it is complete, at once and durably;
 * until then the earlier one stays as it is.
 * @param fill makes the file that it is given, and puts everything into it as it is at one moment.
 * @param complete is given the copy, to bring it in line with the pictures; nobody else writes to the target meanwhile.
 * Rejects with DatabaseUnusableError, with DatabaseInUseError if the target is used by a server or another copying,
 * or with what the two reject with.
 */
export async function makeSqliteCopy<T>(
  target: string,
  fill: (draft: string) => Promise<void>,
  complete: (copy: DatabaseCopy) => Promise<T>,
): Promise<T> {
  const releaseClaim = claimSqlite(target);
  try {
    const draft = `${target}.new`;
    await removeDatabase(draft);
    await fill(draft);
    const result = await editCopy(draft, complete);
    // A log beside the earlier copy belongs to that one alone.
    await removeDatabase(target, ['-wal', '-shm']);
    await sync(draft);
    await rename(draft, target);
    await sync(dirname(target));
    return result;
  } finally {
    releaseClaim();
  }
}

/** Fills a copy from a database file, also while a server writes to it. Throws DatabaseUnusableError. */
export function copySqlite(path: string, draft: string): void {
  let client: Sqlite.Database | undefined;
  try {
    client = new Sqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    client.prepare('VACUUM INTO ?').run(draft);
  } catch (error) {
    throw new DatabaseUnusableError(path, (error as Error).message, { cause: error });
  } finally {
    client?.close();
  }
}

/** Fills a copy with the rows of another database. */
export async function copyRows(rows: StoredRows, draft: string): Promise<void> {
  // An attempt before this one may have been cut off.
  await removeDatabase(draft);
  await using copy = openMovableSqlite(draft);
  for (let after: string | undefined = ''; after !== undefined; ) {
    const batch = await rows.users(after);
    await copy.add(batch, []);
    after = batch.at(-1)?.id;
  }
  for (let after: number | undefined = 0; after !== undefined; ) {
    const batch = await rows.pictures(after);
    await copy.add([], batch);
    after = batch.at(-1)?.sequence;
  }
}

async function editCopy<T>(path: string, complete: (copy: DatabaseCopy) => Promise<T>): Promise<T> {
  const { drizzle, close } = openSqlite(path, { mustExist: true });
  const database = openSqliteDatabase(path, { mustExist: true });
  try {
    drizzle
      .delete(pictures)
      .where(inArray(pictures.state, ['pending', 'deleting']))
      .run();
    // What is being moved is the original.
    drizzle.delete(moves).run();
    return await complete({
      storedPictures: database.storedPictures,
      omit: (id) => drizzle.delete(pictures).where(eq(pictures.id, id)).run(),
    });
  } finally {
    await database.close();
    close();
  }
}

async function removeDatabase(path: string, suffixes = ['', '-wal', '-shm']): Promise<void> {
  for (const suffix of suffixes) {
    await rm(`${path}${suffix}`, { force: true });
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
