import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Bytes of the reserve. To open a database after an orderly stop, SQLite creates a shared memory file of 32 KiB and a
 * log (https://www.sqlite.org/walformat.html). The rest is for the entries in the folder. With a larger reserve, a
 * full disk would accept some writes before it fails.
 */
const RESERVE_BYTES = 40 * 1024;

/** Returns the path of the file that keeps room for a start on a full disk. @param file real path of the database. */
function reserveOf(file: string): string {
  return `${file}.reserve`;
}

/** Creates the reserve if it is missing and there is room. File systems cannot compress its random bytes. */
export function keepReserve(file: string): void {
  const path = reserveOf(file);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) {
      return;
    }
    writeFileSync(path, randomBytes(RESERVE_BYTES), { mode: 0o600, flush: true });
  } catch {
    // The database works without a reserve. An incomplete reserve would only take room.
    spendReserve(file);
  }
}

/** Deletes the reserve. @returns whether it existed. */
export function spendReserve(file: string): boolean {
  try {
    rmSync(reserveOf(file));
    return true;
  } catch {
    return false;
  }
}
