import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Bytes of the reserve. To open a database after an orderly stop, SQLite creates a shared memory file of 32 KiB and a log
 * (https://www.sqlite.org/walformat.html). The rest is for the entries of the folder. With a larger reserve, a full disk
 * would accept writes for a while and then refuse them half-way.
 */
const RESERVE_BYTES = 40 * 1024;

/** Returns the path of the file that keeps room for a start on a full disk. @param file the database's real path. */
function reserveOf(file: string): string {
  return `${file}.reserve`;
}

/** Creates the reserve if it is missing and there is room. Its bytes are random, so that no file system compresses them. */
export function keepReserve(file: string): void {
  const path = reserveOf(file);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) {
      return;
    }
    writeFileSync(path, randomBytes(RESERVE_BYTES), { mode: 0o600, flush: true });
  } catch {
    // The database works without a reserve. Half a reserve would only take room.
    spendReserve(file);
  }
}

/** Deletes the reserve. @returns whether there was one. */
export function spendReserve(file: string): boolean {
  try {
    rmSync(reserveOf(file));
    return true;
  } catch {
    return false;
  }
}
