import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseBusyError, DatabaseFullError } from '../errors.ts';

/** Milliseconds between two tries, and of all of them together. */
const RETRY_EVERY_MS = 50;
const GIVE_UP_AFTER_MS = 3_000;

/** The file, or the disk below it, cannot be read or written right now. */
const UNAVAILABLE_CODES = /^SQLITE_(IOERR|CANTOPEN|READONLY|PROTOCOL)/;

/**
 * Runs a synchronous transaction, again while another process holds the lock, letting the server work between
 * the tries. Rejects with DatabaseBusyError or DatabaseFullError; any other error as it is.
 */
export async function retryWhenBusy<T>(transaction: () => T): Promise<T> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return transaction();
    } catch (error) {
      const code = sqliteCode(error);
      if (code.startsWith('SQLITE_FULL')) {
        throw new DatabaseFullError({ cause: error });
      }
      const locked = code.startsWith('SQLITE_BUSY');
      if (UNAVAILABLE_CODES.test(code) || (locked && performance.now() > giveUpAt)) {
        throw new DatabaseBusyError({ cause: error });
      }
      if (!locked) {
        throw error;
      }
    }
    await sleep(RETRY_EVERY_MS);
  }
}

/** SQLite's name of an error; Drizzle wraps the original as the cause of its own. */
function sqliteCode(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string' && current.code.startsWith('SQLITE_')) {
      return current.code;
    }
  }
  return '';
}
