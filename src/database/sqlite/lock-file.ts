import { rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

/** A lock on a file. The kernel releases it when this process ends, however it ends. */
export interface FileLock {
  /** True if an earlier process that held the lock called {@link mark}. */
  readonly isMarked: boolean;
  /** Marks the file durably. Throws SQLite's errors, for example on a full disk, and keeps the lock. */
  mark(): void;
  release(): void;
}

/**
 * Locks a file. Creates the file if it is missing, and leaves it empty until it is marked. No other code in this
 * process may open the file, because closing it would release the lock (https://www.sqlite.org/howtocorrupt.html,
 * section 2.2). Throws SQLite's errors: SQLITE_BUSY if another process, or another call in this process, holds the
 * lock.
 */
export function lockFile(path: string): FileLock {
  const client = new Sqlite(path, { timeout: 0 });
  try {
    // Keeps the lock between transactions.
    client.pragma('locking_mode = EXCLUSIVE');
    // On a full disk, there is no room for a journal file.
    client.pragma('journal_mode = MEMORY');
    client.exec('BEGIN EXCLUSIVE; COMMIT');
    return {
      isMarked: client.pragma('user_version', { simple: true }) === 1,
      mark() {
        // With a journal file, SQLite can still read the file after a crash during this write.
        client.pragma('journal_mode = DELETE');
        client.pragma('user_version = 1');
        client.pragma('journal_mode = MEMORY');
        // SQLite keeps an empty journal file for as long as it keeps the lock.
        rmSync(`${path}-journal`, { force: true });
      },
      release: () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
