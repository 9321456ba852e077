import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { DatabaseInUseError, DatabaseUnusableError } from '../errors.ts';

/**
 * Makes this process the only server on a database file: what is pending there is its own, or left by one that
 * ended. The claim is a lock on a file beside the database, which the system lets go when the process ends,
 * however it ends; tools that only read or compare are not kept out.
 * @param purpose those of one kind keep each other out.
 * @returns gives the claim back. Throws DatabaseInUseError or DatabaseUnusableError.
 */
export function claimSqlite(path: string, purpose: 'serve' | 'move' = 'serve'): () => void {
  const folder = dirname(path);
  let lock: Sqlite.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    lock = new Sqlite(`${path}${purpose === 'move' ? '.move' : ''}.lock`, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    throw error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
      ? new DatabaseInUseError(path, purpose === 'move' ? 'Another move' : 'Another server', { cause: error })
      : new DatabaseUnusableError(path, (error as Error).message, { cause: error });
  }
  return () => lock.close();
}
