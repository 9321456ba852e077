import type Sqlite from 'better-sqlite3';
import { identityOfLocal } from '../../file-identity.ts';
import type { ContentWatch } from './watch-content.ts';

/** Advice for the operator about a missing log or a changed file. */
const ADVICE = {
  saved: 'The database file holds everything: stop the server, remove any log that is there, and start it.',
  unsaved:
    'Another process keeps the server from saving it: end that, and keep the server running until then.',
  changed:
    'The server writes nothing more and leaves the files as they are. Stop it, keep a copy of them, and restore a backup.',
};

export interface FilesWatch {
  /**
   * Checks both files. Returns a sentence if a file is not in its place, or if another program changed its content. If the log
   * is missing, it first saves the committed data in the database file, unless another process prevents it.
   */
  findFault(): string | undefined;
  /** Returns true if a checkpoint could spoil the database file, because the log's or the file's content was changed. */
  isSpoiled(): boolean;
}

/**
 * Watches the files of an open database. SQLite keeps writing to a file that was deleted or moved, and such writes would
 * be lost. The log stays the same file while a connection is open: only the last connection to close deletes it
 * (https://www.sqlite.org/wal.html#the_wal_file).
 * @param path a path of the database file. @param file the same without symbolic links.
 * @param content finds files that were changed in place. A server has it, a tool beside one does not.
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

  /** Saves the log, which only this connection can still read. If a reader prevents it, the next check tries again. */
  function rescue(): void {
    const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    rescued = result.busy === 0;
  }

  function findFault(): string | undefined {
    if (identityOfLocal(path) !== opened.file) {
      return `The database file ${path} is gone, or another one is in its place.`;
    }
    if (identityOfLocal(log) !== opened.log) {
      if (!rescued && changed === undefined) {
        rescue();
      }
      return `The log ${log} of the database is gone, or another one is in its place. ${ADVICE[rescued ? 'saved' : 'unsaved']}`;
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
