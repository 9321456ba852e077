import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { eq, inArray } from 'drizzle-orm';
import type { PictureKey } from '../database.ts';
import { DatabaseUnusableError } from '../errors.ts';
import { claimSqlite } from './claim-sqlite.ts';
import { openSqlite } from './open-sqlite.ts';
import { pictures } from './schema.ts';
import { openSqliteDatabase } from './sqlite-database.ts';

/** A database as it was at one moment: what was live or in the trash then, and nothing that was under way. */
export interface DatabaseCopy {
  storedPictures(): AsyncIterable<PictureKey[]>;
  /** Takes a picture out. */
  omit(id: string): void;
}

/** Milliseconds to wait for a server that is just starting or ending. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Copies a database file as it is at one moment, also while a server writes to it. The copy takes the place of an
 * earlier one when it is complete, at once and durably; until then the earlier one stays as it is.
 * @param complete is given the copy, to bring it in line with the pictures; nobody else writes to the target meanwhile.
 * Rejects with DatabaseUnusableError, with DatabaseInUseError if the target is used by a server or another copying,
 * or with what `complete` rejects with.
 */
export async function backUpSqlite<T>(
  path: string,
  target: string,
  complete: (copy: DatabaseCopy) => Promise<T>,
): Promise<T> {
  const giveBack = claimSqlite(target);
  try {
    const draft = `${target}.new`;
    await removeDatabase(draft);
    copyDatabase(path, draft);
    const result = await editCopy(draft, complete);
    // A log beside the earlier copy belongs to that one alone.
    await removeDatabase(target, ['-wal', '-shm']);
    await sync(draft);
    await rename(draft, target);
    await sync(dirname(target));
    return result;
  } finally {
    giveBack();
  }
}

function copyDatabase(path: string, target: string): void {
  let client: Sqlite.Database | undefined;
  try {
    client = new Sqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    client.prepare('VACUUM INTO ?').run(target);
  } catch (error) {
    throw new DatabaseUnusableError(path, (error as Error).message, { cause: error });
  } finally {
    client?.close();
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
