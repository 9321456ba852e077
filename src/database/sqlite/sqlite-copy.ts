import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { eq, inArray } from 'drizzle-orm';
import type { PictureKey } from '../database.ts';
import { DatabaseUnusableError } from '../errors.ts';
import type { StoredRows } from '../movable.ts';
import { claimSqlite } from './claim-sqlite.ts';
import { openSqlite } from './open-sqlite.ts';
import { openPictureInventory, type PictureInventory } from './picture-inventory.ts';
import { moves, outbox, pictures, users } from './schema.ts';
import { openSqliteDatabase } from './sqlite-database.ts';
import { openMovableSqlite } from './sqlite-movable.ts';

/** A database as of one moment, with the pictures that were live or in the trash. */
export interface DatabaseCopy extends Pick<PictureInventory, 'unnamed' | 'forget'> {
  /** See {@link PictureDatabase.storedPictures}. */
  storedPictures(): AsyncIterable<PictureKey[]>;
  /** Removes a picture from the copy. */
  omit(id: string): void;
}

/** Name of the list of pictures next to a copy; see picture-inventory.ts. */
const INVENTORY = 'inventory.db';
/** Milliseconds to wait for a server that is starting or stopping. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Copies a database to a file. When the copy is complete, it replaces an earlier one atomically and durably. Until
 * then, the earlier copy stays unchanged. Rejects with DatabaseUnusableError, with DatabaseInUseError if a server or
 * another backup uses the target, or with the errors of `fill` and `complete`.
 * @param fill creates the file at the path `draft`, with all rows as of one moment.
 * @param complete makes the copy consistent with the copied pictures. Until it ends, no other process can write to the
 * target.
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
    const result = await editCopy(draft, target, complete);
    // A log of the earlier copy must not be applied to the new one.
    await removeDatabase(target, ['-wal', '-shm']);
    await sync(draft);
    await rename(draft, target);
    await sync(dirname(target));
    return result;
  } finally {
    releaseClaim();
  }
}

/** Fills a copy from a database file, even while a server writes to that file. Throws DatabaseUnusableError. */
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
  // An earlier attempt may have been interrupted.
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
  await copy.addDeletionCounts(await rows.deletionCounts());
}

async function editCopy<T>(
  path: string,
  earlier: string,
  complete: (copy: DatabaseCopy) => Promise<T>,
): Promise<T> {
  const { drizzle, close } = openSqlite(path, { mustExist: true });
  const database = openSqliteDatabase(path, { mustExist: true });
  try {
    drizzle
      .delete(pictures)
      .where(inArray(pictures.state, ['pending', 'deleting']))
      .run();
    drizzle.delete(users).where(eq(users.deleting, true)).run();
    // A move concerns only the original.
    drizzle.delete(moves).run();
    // A server on the copy must not repeat webhooks that were delivered long ago.
    drizzle.delete(outbox).run();
    const inventory = openPictureInventory(join(dirname(earlier), INVENTORY), earlier, path);
    try {
      return await complete({
        storedPictures: database.storedPictures,
        omit: (id) => drizzle.delete(pictures).where(eq(pictures.id, id)).run(),
        unnamed: inventory.unnamed,
        forget: inventory.forget,
      });
    } finally {
      inventory.close();
    }
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
