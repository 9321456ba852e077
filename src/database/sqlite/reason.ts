import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';

/** Bytes that SQLite needs at most to open a database: its shared memory, a journal, and the first frames of a log. */
const OPENING_BYTES = 128 * 1024;

/** On a full disk, SQLite fails with any of these, according to the file that it was writing. */
const WRITE_FAILURES = /^SQLITE_(IOERR|CANTOPEN|FULL)/;

/**
 * Returns why SQLite cannot open a database, as a part of a sentence. Names a full disk, which SQLite may call a
 * "disk I/O error". @param path the database file; it need not exist.
 */
export function reasonOf(error: Error, path: string): string {
  const { message } = error;
  if (!(error instanceof Sqlite.SqliteError) || !WRITE_FAILURES.test(error.code)) {
    return message;
  }
  const free = freeBytesBeside(path);
  return free !== undefined && free < OPENING_BYTES
    ? `${message}; its disk is full (${free} bytes are free)`
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
