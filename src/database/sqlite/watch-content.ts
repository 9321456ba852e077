import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';

/** Bytes of the log's header and of each frame's header; https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Where the salts are in each of the two headers. Both hold the same salts. */
const LOG_SALTS = { start: 16, end: 24 };
const FRAME_SALTS = { start: 8, end: 16 };

/** Comparisons before a check gives up because another process keeps writing. The next check looks again. */
const MAX_ATTEMPTS = 3;

/** The committed state, as the shared memory of SQLite's connections has it. Nothing in it comes from the log file. */
interface Committed {
  /** Changes when another connection commits. */
  readonly version: number;
  /** Number of frames in the log. */
  readonly frames: number;
}

/** The files as the last commit left them. */
interface Remembered extends Committed {
  readonly marks: Buffer;
  readonly fileBytes: number;
  /** Bytes of all pages of the database. */
  readonly pageBytes: number;
}

export interface ContentWatch {
  /** Remembers the files as they are now. Call it after each commit, in the same turn. Never throws. */
  remember(): void;
  /** Returns the path of a file that another program overwrote or shortened. Throws SQLite's and the file system's errors. */
  findChanged(): string | undefined;
  /** Call it after the connection has closed. */
  close(): void;
}

/**
 * Watches for programs that overwrite or shorten a database's files in place, as `> portrait.db-wal` does. SQLite reads
 * neither the log's header nor its checksums again while a connection is open, and would accept commits that the next
 * start cannot find. Other connections may commit, checkpoint and vacuum.
 * @param file the database's real path. Its log must exist. @param client the only connection that calls `remember`.
 */
export function watchContent(file: string, client: Sqlite.Database): ContentWatch {
  const log = `${file}-wal`;
  const pageSize = client.pragma('page_size', { simple: true }) as number;
  const statements = {
    version: client.prepare<[], number>('PRAGMA data_version').pluck(),
    pages: client.prepare<[], number>('PRAGMA page_count').pluck(),
    // Only reports the number of frames.
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
    // After a checkpoint that restarts the log, the file may hold anything.
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

  /** A checkpoint shortens the file after a VACUUM, but not below the pages that are left. */
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
        // The commit stands. The next check compares less.
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
        // Another process may have written in between. It updates the shared memory before it restarts the log.
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
