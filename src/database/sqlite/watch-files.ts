import type Sqlite from 'better-sqlite3';
import { identityOf } from './file-identity.ts';

/** What the operator can do about a log that is gone. */
const ADVICE = {
  saved: 'The database file holds everything: stop the server, remove any log that is there, and start it.',
  unsaved:
    'Another process keeps the server from saving it: end that, and keep the server running until then.',
};

/**
 * Watches the files of an open database. SQLite goes on with a file that was deleted or moved, and nobody would find
 * again what is written then. The log is one file for as long as a connection is open: only the last connection that
 * is closed deletes it (https://www.sqlite.org/wal.html#the_wal_file).
 * @param path that must lead to the database file. @param file the same without symbolic links.
 * @returns a function that looks, at the cost of two stats, and returns a sentence if a file is not in its place. If it
 * is the log, everything that was committed is in the database file by then.
 */
export function watchFiles(path: string, file: string, client: Sqlite.Database): () => string | undefined {
  const log = `${file}-wal`;
  const opened = { file: identityOf(path), log: identityOf(log) };
  let rescued = false;

  /** The connection can read the log still, though nobody else can. A reader may be in the way; the next look tries again. */
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
