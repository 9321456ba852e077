import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Bytes. To open a database after an orderly stop, SQLite makes its shared memory file, of 32 KiB, and a log
 * (https://www.sqlite.org/walformat.html); a page is left for the entries of the folder. Not more: a full disk would
 * accept writes for a while, and refuse them half-way.
 */
export const RESERVE_BYTES = 40 * 1024;

/** Returns the path of the file that keeps room for a start on a full disk. @param file the database's real path. */
export function reserveOf(file: string): string {
  return `${file}.reserve`;
}

/** Keeps the reserve, if there is room for it. What is written is random, so that no file system stores less. */
export function keepReserve(file: string): void {
  const path = reserveOf(file);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) {
      return;
    }
    writeFileSync(path, randomBytes(RESERVE_BYTES), { mode: 0o600, flush: true });
  } catch {
    // The database works without it; half a reserve would only take room from others.
    spendReserve(file);
  }
}

/** Frees the reserve. @returns whether there was one. */
export function spendReserve(file: string): boolean {
  try {
    rmSync(reserveOf(file));
    return true;
  } catch {
    return false;
  }
}
