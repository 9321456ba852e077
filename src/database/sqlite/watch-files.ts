import type Sqlite from 'better-sqlite3';
import { identityOf } from './file-identity.ts';

/** Advice for the operator about a missing log. */
const ADVICE = {
  saved: 'The database file holds everything: stop the server, remove any log that is there, and start it.',
  unsaved:
    'Another process keeps the server from saving it: end that, and keep the server running until then.',
};

/**
 * Watches the files of an open database. SQLite keeps writing to a file that was deleted or moved, and such writes would
 * be lost. The log stays the same file while a connection is open: only the last connection to close deletes it
 * (https://www.sqlite.org/wal.html#the_wal_file).
 * @param path a path of the database file. @param file the same without symbolic links.
 * @returns a function that checks both files, at the cost of two stats, and returns a sentence if one is not in its place.
 * If that is the log, the function first saves the committed data in the database file, unless another process prevents it.
 */
export function watchFiles(path: string, file: string, client: Sqlite.Database): () => string | undefined {
  const log = `${file}-wal`;
  const opened = { file: identityOf(path), log: identityOf(log) };
  let rescued = false;

  /** Saves the log, which only this connection can still read. If a reader prevents it, the next check tries again. */
  function rescue(): void {
    const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    rescued = result.busy === 0;
  }

  return () => {
    if (identityOf(path) !== opened.file) {
      return `The database file ${path} is gone, or another one is in its place.`;
    }
    if (identityOf(log) !== opened.log) {
      if (!rescued) {
        rescue();
      }
      return `The log ${log} of the database is gone, or another one is in its place. ${ADVICE[rescued ? 'saved' : 'unsaved']}`;
    }
    rescued = false;
    return undefined;
  };
}
