import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { DatabaseInUseError } from '../errors.ts';

/**
 * Makes this process the only server on a database file: what is pending there is its own, or left by one that
 * ended. The claim is a lock on a file beside the database, which the system lets go when the process ends,
 * however it ends; tools that only read or compare are not kept out.
 * @returns gives the claim back. Throws DatabaseInUseError.
 */
export function claimSqlite(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new Sqlite(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new DatabaseInUseError(path, { cause: error });
  }
  return () => lock.close();
}
