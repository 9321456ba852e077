import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseBusyError, DatabaseFullError } from '../errors.ts';

/** Milliseconds between retries. */
const RETRY_INTERVAL_MS = 50;
/** Milliseconds for which a transaction is retried. */
const RETRY_TIMEOUT_MS = 3_000;

/** Codes of errors that mean that the file or its disk cannot be read or written right now. */
const UNAVAILABLE_CODES = /^SQLITE_(IOERR|CANTOPEN|READONLY|PROTOCOL)/;

/**
 * Runs a synchronous transaction, and retries while another process holds the lock. Does not block the event loop
 * between retries. Rejects with DatabaseBusyError or DatabaseFullError. Any other error is passed on unchanged.
 */
export async function retryWhenBusy<T>(transaction: () => T): Promise<T> {
  return runOrRetry(transaction);
}

/** Does the same, but returns the result without a promise if the first attempt succeeds. Never throws. */
export function runOrRetry<T>(transaction: () => T): T | Promise<T> {
  try {
    return transaction();
  } catch (error) {
    return retry(transaction, error);
  }
}

async function retry<T>(transaction: () => T, firstError: unknown): Promise<T> {
  const deadline = performance.now() + RETRY_TIMEOUT_MS;
  for (let error = firstError; ; ) {
    const code = sqliteCode(error);
    if (code.startsWith('SQLITE_FULL')) {
      throw new DatabaseFullError({ cause: error });
    }
    const locked = code.startsWith('SQLITE_BUSY');
    if (UNAVAILABLE_CODES.test(code) || (locked && performance.now() > deadline)) {
      throw new DatabaseBusyError({ cause: error });
    }
    if (!locked) {
      throw error;
    }
    await sleep(RETRY_INTERVAL_MS);
    try {
      return transaction();
    } catch (next) {
      error = next;
    }
  }
}

/** Returns SQLite's code of an error, or an empty string. Drizzle wraps SQLite's error as the cause of another. */
function sqliteCode(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string' && current.code.startsWith('SQLITE_')) {
      return current.code;
    }
  }
  return '';
}
