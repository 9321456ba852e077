import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { identityOfLocal } from '../../file-identity.ts';
import { FolderInUseError, FolderUnusableError } from '../errors.ts';
import { lockFile } from './lock-file.ts';

/**
 * Name of the lock file. Servers don't send it, because of the dot, and don't clear it, because it names no instance.
 */
export const FOLDER_LOCK = '.lock';

/** A claim of a folder. The kernel releases it when this process ends, however it ends. */
export interface FolderClaim {
  /**
   * Claims the folder again if its lock file was deleted or replaced, at the cost of a stat. Returns an error message
   * if another server has claimed the folder since. Never throws.
   */
  renew(): string | undefined;
  release(): void;
}

/**
 * Makes this process the only one that clears unfinished files from a folder, whatever path leads to it.
 * Throws FolderInUseError or FolderUnusableError.
 */
export function claimFolder(folder: string): FolderClaim {
  const path = join(folder, FOLDER_LOCK);
  let held = lock(folder, path);
  return {
    renew() {
      if (identityOfLocal(path) === held.identity) {
        return undefined;
      }
      try {
        const renewed = lock(folder, path);
        held.release();
        held = renewed;
        return undefined;
      } catch (error) {
        // If the folder is missing, the code that uses it reports that.
        return error instanceof FolderInUseError ? error.message : undefined;
      }
    },
    release: () => held.release(),
  };
}

function lock(folder: string, path: string) {
  try {
    const { release } = lockFile(path);
    return { release, identity: identityOfLocal(path) };
  } catch (error) {
    throw error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
      ? new FolderInUseError(folder, { cause: error })
      : new FolderUnusableError(folder, (error as Error).message, { cause: error });
  }
}
