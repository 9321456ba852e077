import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { DatabaseInUseError, DatabaseUnusableError } from '../errors.ts';
import { realPathOf } from './real-path.ts';
import { type FileLock, lockFile } from './lock-file.ts';
import { reasonOf } from './reason.ts';

/** Milliseconds that a server waits for a tool that is reading the database, if the server has to be alone with it. */
const EXCLUSIVE_TIMEOUT_MS = 5_000;

/**
 * Makes this process the only server on a database file: what is pending there is its own, or left by one that
 * ended. The claim is a lock on a file beside the database, which the system lets go when the process ends,
 * however it ends; tools that only read or compare are not kept out. Symbolic links lead to the same claim.
 * @param purpose those of one kind keep each other out.
 * @returns gives the claim back. Throws DatabaseInUseError or DatabaseUnusableError.
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
 * Throws DatabaseInUseError if another process has the database open. A lock without a mark may replace one that was deleted
 * while its server runs. The database file itself still shows that: each process that has it open locks a part of it.
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

/** Marks a lock. If the disk is full, the next start checks again. */
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
