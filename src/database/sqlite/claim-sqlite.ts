import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { DatabaseInUseError, DatabaseUnusableError } from '../errors.ts';
import { type FileLock, lockFile } from './lock-file.ts';
import { realPathOf } from './real-path.ts';
import { reasonOf } from './reason.ts';

/** Milliseconds that a server waits for a command that reads the database, if the server needs exclusive access. */
const EXCLUSIVE_TIMEOUT_MS = 5_000;

/**
 * Makes this process the only server on a database file, so every pending upload there is its own or was left by a
 * server that has ended. The claim is a lock on a file next to the database. The kernel releases it when the process
 * ends, however it ends. Commands that only read or compare need no claim. Symbolic links lead to the same claim.
 * Throws DatabaseInUseError or DatabaseUnusableError.
 * @param purpose a claim excludes only claims with the same purpose.
 * @returns a function that releases the claim.
 */
export function claimSqlite(path: string, purpose: 'serve' | 'move' = 'serve'): () => void {
  let lock: FileLock | undefined;
  try {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    const file = realPathOf(path);
    if (purpose === 'move') {
      return lockFile(`${file}.move.lock`).release;
    }
    lock = lockFile(`${file}.lock`);
    if (!lock.isMarked) {
      checkExclusive(path, file);
      markIfPossible(lock);
    }
    return lock.release;
  } catch (error) {
    lock?.release();
    if (error instanceof DatabaseInUseError) {
      throw error;
    }
    throw isBusy(error)
      ? new DatabaseInUseError(path, purpose === 'move' ? 'Another move' : 'Another server', { cause: error })
      : new DatabaseUnusableError(path, reasonOf(error as Error, path), { cause: error });
  }
}

/**
 * Throws DatabaseInUseError if another process has the database open. A lock file without a mark may replace one that
 * was deleted while its server runs. The database file itself reveals that server, because each process that has the
 * file open locks a part of it.
 */
function checkExclusive(path: string, file: string): void {
  if (!existsSync(file)) {
    return;
  }
  const client = new Sqlite(file, { fileMustExist: true, timeout: EXCLUSIVE_TIMEOUT_MS });
  try {
    client.pragma('locking_mode = EXCLUSIVE');
    client.pragma('schema_version');
  } catch (error) {
    throw isBusy(error)
      ? new DatabaseInUseError(path, 'Another server, or a command such as a backup,', { cause: error })
      : error;
  } finally {
    client.close();
  }
}

/** Marks a lock file. If that fails, for example on a full disk, the next start checks again. */
function markIfPossible(lock: FileLock): void {
  try {
    lock.mark();
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) {
      throw error;
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
