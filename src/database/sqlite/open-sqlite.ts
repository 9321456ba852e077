import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { DatabaseUnusableError } from '../errors.ts';
import { realPathOf } from './real-path.ts';
import { reasonOf } from './reason.ts';
import { keepReserve, spendReserve } from './reserve.ts';
import { type ContentWatch, watchContent } from './watch-content.ts';
import { watchFiles } from './watch-files.ts';

export type Drizzle = BetterSQLite3Database;
export type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export interface SqliteOptions {
  /** Fail rather than make a file that is not there. */
  readonly mustExist?: boolean;
  /** Name of the storage in which its pictures lie; see move-state.ts. */
  readonly storage?: string;
  /** True to keep room for a start on a full disk; see reserve.ts. */
  readonly keepsReserve?: boolean;
  /** True to notice programs that change the files in place; see watch-content.ts. Each commit needs `remember`. */
  readonly watchesContent?: boolean;
  /** Told every statement as it runs. */
  readonly onStatement?: (sql: string) => void;
}

export interface SqliteConnection {
  readonly drizzle: Drizzle;
  /** The database file without symbolic links. */
  readonly file: string;
  /** Returns a sentence if writes now would be lost; see watch-files.ts. */
  findFault(): string | undefined;
  /** Remembers what a commit left in the files. Call it after each commit, in the same turn. Never throws. */
  remember(): void;
  /** Moves the log's data to the database file, unless another program changed one of the two, and closes both. */
  close(): void;
}

/**
 * Milliseconds that SQLite itself waits for a lock. It waits inside the server's only thread, so this is short;
 * the longer waiting is done outside (see retry-when-busy.ts).
 */
const BUSY_TIMEOUT_MS = 50;

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Opens a database file, creating it and its folder if needed, and brings its tables up to date. If that fails, for
 * example on a full disk, it frees the reserve and tries once more (see reserve.ts).
 * Throws DatabaseUnusableError.
 */
export function openSqlite(path: string, options: SqliteOptions = {}): SqliteConnection {
  try {
    if (options.mustExist !== true) {
      mkdirSync(dirname(path), { recursive: true });
    }
    const file = realPathOf(path);
    try {
      return open(path, file, options, options.keepsReserve === true);
    } catch (error) {
      if (!spendReserve(file)) {
        throw error;
      }
      return open(path, file, options, true);
    }
  } catch (error) {
    throw new DatabaseUnusableError(path, reasonOf(innermost(error), path), { cause: error });
  }
}

function open(path: string, file: string, options: SqliteOptions, keepsReserve: boolean): SqliteConnection {
  const client = connect(file, options);
  try {
    checkNames(file);
    configure(client);
    const database = drizzle(client);
    migrate(database, { migrationsFolder: MIGRATIONS });
    // SQLite would open a file that cannot be written, and say so at the first write.
    accessSync(file, constants.W_OK);
    if (keepsReserve) {
      keepReserve(file);
    }
    const content = options.watchesContent === true ? watchContent(file, client) : undefined;
    const closeFiles = createCloser(file, client, content);
    const files = watchFiles(path, file, client, content);
    return {
      drizzle: database,
      file,
      findFault: files.findFault,
      remember: () => content?.remember(),
      close() {
        closeFiles(files.isSpoiled());
        // On a full disk there is room only now, because SQLite has deleted its own files.
        if (keepsReserve) {
          keepReserve(file);
        }
      },
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * Returns a function that closes the connection, with a checkpoint unless the files are spoiled. The last connection to close
 * makes a checkpoint, and better-sqlite3 offers no option against it. A connection that may only read makes none.
 */
function createCloser(
  file: string,
  client: Sqlite.Database,
  content: ContentWatch | undefined,
): (isSpoiled: boolean) => void {
  if (content === undefined) {
    return () => client.close();
  }
  const reader = new Sqlite(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  // From its first statement on it holds a lock of the file.
  reader.pragma('schema_version');
  return (isSpoiled) => {
    for (const connection of isSpoiled ? [client, reader] : [reader, client]) {
      connection.close();
    }
    content.close();
  };
}

function connect(file: string, { mustExist = false, onStatement }: SqliteOptions): Sqlite.Database {
  const verbose = onStatement && ((sql?: unknown) => onStatement(String(sql)));
  return new Sqlite(file, {
    timeout: BUSY_TIMEOUT_MS,
    fileMustExist: mustExist,
    ...(verbose && { verbose }),
  });
}

/** Throws if the file has a second name. SQLite would keep another log beside that name. */
function checkNames(file: string): void {
  if (statSync(file).nlink > 1) {
    throw new Error('the file has another name, a hard link; remove that, or make it a copy');
  }
}

function configure(client: Sqlite.Database): void {
  client.pragma('journal_mode = WAL');
  // better-sqlite3 is compiled to use NORMAL with WAL, which may lose the last commits in a power failure.
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
}

/** SQLite's own error, out of those that Drizzle wraps around it. */
function innermost(error: unknown): Error {
  const { cause } = error as Error;
  return cause === undefined ? (error as Error) : innermost(cause);
}
