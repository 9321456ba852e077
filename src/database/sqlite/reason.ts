import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';

/** Maximum bytes that SQLite needs to open a database: shared memory, a journal, and the first frames of a log. */
const OPENING_BYTES = 128 * 1024;

/** Codes of SQLite's errors on a full disk. Which one occurs depends on the file that SQLite was writing. */
const WRITE_FAILURES = /^SQLITE_(IOERR|CANTOPEN|FULL)/;

/**
 * Returns the reason why SQLite cannot open a database, as part of a sentence. Adds that the disk is full, because
 * SQLite may only report a "disk I/O error". @param path the database file, which may not exist.
 */
export function reasonOf(error: Error, path: string): string {
  const { message } = error;
  if (!(error instanceof Sqlite.SqliteError) || !WRITE_FAILURES.test(error.code)) {
    return message;
  }
  const free = freeBytesBeside(path);
  return free !== undefined && free < OPENING_BYTES
    ? `${message}; the disk is full (${free} bytes free)`
    : message;
}

function freeBytesBeside(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
