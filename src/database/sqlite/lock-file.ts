import { rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

/** A lock that the system releases when this process ends, however it ends. */
export interface FileLock {
  /** True if an earlier process that held the lock called {@link mark}. */
  readonly isMarked: boolean;
  /** Marks the file durably. Throws SQLite's errors, such as on a full disk; the lock is held all the same. */
  mark(): void;
  release(): void;
}

/**
 * Locks a file. Creates it if it is missing; it stays empty until it is marked. Nothing else in this process may open
 * that file, because closing it would release the lock (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 * Throws SQLite's errors: SQLITE_BUSY if another process, or another call of this one, holds the lock.
 */
export function lockFile(path: string): FileLock {
  const client = new Sqlite(path, { timeout: 0 });
  try {
    // Keep the lock between two transactions.
    client.pragma('locking_mode = EXCLUSIVE');
    // A full disk has no room for a journal.
    client.pragma('journal_mode = MEMORY');
    client.exec('BEGIN EXCLUSIVE; COMMIT');
    return {
      isMarked: client.pragma('user_version', { simple: true }) === 1,
      mark() {
        // A crash in the middle must not leave a file that SQLite cannot read.
        client.pragma('journal_mode = DELETE');
        client.pragma('user_version = 1');
        client.pragma('journal_mode = MEMORY');
        // SQLite keeps an empty journal for as long as it keeps the lock.
        rmSync(`${path}-journal`, { force: true });
      },
      release: () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
