import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { FolderInUseError, FolderUnusableError } from '../errors.ts';
import { lockFile } from './lock-file.ts';

/** The name begins with a dot, so no server sends the file. It names no instance, so no server clears it. */
export const FOLDER_LOCK = '.lock';

/**
 * Makes this process the only one that clears unfinished files from a folder, whatever path leads there.
 * @returns a function that releases the claim. Throws FolderInUseError or FolderUnusableError.
 */
export function claimFolder(folder: string): () => void {
  try {
    return lockFile(join(folder, FOLDER_LOCK)).release;
  } catch (error) {
    throw error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
      ? new FolderInUseError(folder, { cause: error })
      : new FolderUnusableError(folder, (error as Error).message, { cause: error });
  }
}
