import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';

/** Sizes in bytes, see https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Byte ranges of the salts in each header. Both headers have the same salts. */
const LOG_SALTS = { start: 16, end: 24 };
const FRAME_SALTS = { start: 8, end: 16 };

/** Maximum number of comparisons in one check while another process keeps writing. The next check compares again. */
const MAX_ATTEMPTS = 3;

/** Committed state according to the shared memory of SQLite's connections, not to the log file. */
interface Committed {
  /** Changes when another connection commits. */
  readonly version: number;
  /** Number of frames in the log. */
  readonly frames: number;
}

/** State of the files after the last commit. */
interface Remembered extends Committed {
  /** Headers of the log and of its last frame. */
  readonly marks: Buffer;
  readonly fileBytes: number;
  /** Bytes of all pages of the database. */
  readonly pageBytes: number;
}

export interface ContentWatch {
  /** Records the current state of the files. Call it after each commit, in the same event-loop turn. Never throws. */
  remember(): void;
  /** Returns the path of a file that another program overwrote or shortened. Throws SQLite and file system errors. */
  findChanged(): string | undefined;
  /** Call it after the connection has closed. */
  close(): void;
}

/**
 * Detects programs that overwrite or shorten a database's files in place, as `> portrait.db-wal` does. While a
 * connection is open, SQLite does not read the log's header and checksums again, and would accept commits that the
 * next start cannot find. Other connections may commit, checkpoint and vacuum.
 * @param file real path of the database. Its log must exist.
 * @param client the only connection whose commits call `remember`.
 */
export function watchContent(file: string, client: Sqlite.Database): ContentWatch {
  const log = `${file}-wal`;
  const pageSize = client.pragma('page_size', { simple: true }) as number;
  const statements = {
    version: client.prepare<[], number>('PRAGMA data_version').pluck(),
    pages: client.prepare<[], number>('PRAGMA page_count').pluck(),
    // This only reports the number of frames.
    frames: client.prepare<[], { log: number }>('PRAGMA wal_checkpoint(NOOP)'),
  };
  const descriptor = openSync(log, 'r');
  let remembered: Remembered | undefined;

  const committed = (): Committed => ({
    version: statements.version.get() ?? 0,
    frames: statements.frames.get()?.log ?? 0,
  });
  const startOf = (frame: number) => LOG_HEADER_BYTES + frame * (FRAME_HEADER_BYTES + pageSize);

  /** Returns the headers of the log and of its last frame, whose checksum covers all frames. */
  function readMarks(frames: number): Buffer {
    const marks = Buffer.alloc(LOG_HEADER_BYTES + FRAME_HEADER_BYTES);
    if (frames > 0) {
      readSync(descriptor, marks, 0, LOG_HEADER_BYTES, 0);
      readSync(descriptor, marks, LOG_HEADER_BYTES, FRAME_HEADER_BYTES, startOf(frames - 1));
    }
    return marks;
  }

  function isLogChanged({ version, frames }: Committed): boolean {
    // After a checkpoint that restarts the log, the file can have any content.
    if (frames === 0) {
      return false;
    }
    if (fstatSync(descriptor).size < startOf(frames)) {
      return true;
    }
    const marks = readMarks(frames);
    if (remembered?.version === version && remembered.frames === frames) {
      return !marks.equals(remembered.marks);
    }
    const salts = marks.subarray(LOG_SALTS.start, LOG_SALTS.end);
    const frame = marks.subarray(LOG_HEADER_BYTES);
    return !salts.equals(frame.subarray(FRAME_SALTS.start, FRAME_SALTS.end));
  }

  /**
   * Returns whether another program shortened the database file. A checkpoint after a VACUUM shortens the file too, but
   * never below the remaining pages.
   */
  function isFileChanged({ version }: Committed): boolean {
    if (remembered?.version !== version) {
      return false;
    }
    return statSync(file).size < Math.min(remembered.fileBytes, remembered.pageBytes);
  }

  function findIn(state: Committed): string | undefined {
    if (isFileChanged(state)) {
      return file;
    }
    return isLogChanged(state) ? log : undefined;
  }

  const watch: ContentWatch = {
    remember() {
      try {
        const state = committed();
        remembered = {
          ...state,
          marks: readMarks(state.frames),
          fileBytes: statSync(file).size,
          pageBytes: (statements.pages.get() ?? 0) * pageSize,
        };
      } catch {
        // The commit remains valid. The next check compares less.
        remembered = undefined;
      }
    },

    findChanged() {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const state = committed();
        const changed = findIn(state);
        if (changed === undefined) {
          return undefined;
        }
        // Another process may have written since the first query. It updates the shared memory, then restarts the log.
        const { version, frames } = committed();
        if (version === state.version && frames === state.frames) {
          return changed;
        }
      }
      return undefined;
    },

    close: () => closeSync(descriptor),
  };
  watch.remember();
  return watch;
}
