import type Sqlite from 'better-sqlite3';
import { identityOfLocal } from '../../file-identity.ts';
import type { ContentWatch } from './watch-content.ts';

/** Advice for the operator about a missing log or a changed file. */
const ADVICE = {
  saved:
    'All data was saved to the database file. Stop the server, delete any remaining log, and start the server again.',
  unsaved:
    'Another process prevents the server from saving its data. Stop that process, and keep the server running until the data is saved.',
  changed:
    'The server rejects writes and leaves the files unchanged. Stop the server, keep a copy of the files, and restore a backup.',
};

export interface FilesWatch {
  /**
   * Checks both files. Returns an error message if a file is missing or replaced, or if another program changed its
   * content. If the log is missing, first saves the committed data to the database file, unless another process
   * prevents it.
   */
  findFault(): string | undefined;
  /** Returns true if a checkpoint could corrupt the database file, because the content of a file was changed. */
  isSpoiled(): boolean;
}

/**
 * Detects missing or replaced files of an open database. SQLite keeps writing to a file that was deleted or moved,
 * and such writes would be lost. The log remains the same file while a connection is open, because only the last
 * connection to close deletes it (https://www.sqlite.org/wal.html#the_wal_file).
 * @param path a path of the database file. @param file the same path without symbolic links.
 * @param content detects files that were changed in place. Servers use it, commands do not.
 */
export function watchFiles(
  path: string,
  file: string,
  client: Sqlite.Database,
  content?: ContentWatch,
): FilesWatch {
  const log = `${file}-wal`;
  const opened = { file: identityOfLocal(path), log: identityOfLocal(log) };
  let rescued = false;
  let changed: string | undefined;

  /**
   * Saves the data of the log, which only this connection can still read. If a reader prevents it, the next check
   * retries.
   */
  function rescue(): void {
    const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    rescued = result.busy === 0;
  }

  function findFault(): string | undefined {
    if (identityOfLocal(path) !== opened.file) {
      return `The database file ${path} is missing or was replaced. Restore the original file, or restart the server to use the new one.`;
    }
    if (identityOfLocal(log) !== opened.log) {
      if (!rescued && changed === undefined) {
        rescue();
      }
      return `The log ${log} of the database is missing or was replaced. ${ADVICE[rescued ? 'saved' : 'unsaved']}`;
    }
    rescued = false;
    changed ??= content?.findChanged();
    return (
      changed && `Another program overwrote or shortened ${changed} while the server ran. ${ADVICE.changed}`
    );
  }

  return {
    findFault,
    isSpoiled() {
      try {
        findFault();
        return changed !== undefined;
      } catch {
        // The next start reads the log in any case.
        return content !== undefined;
      }
    },
  };
}
