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

export type Drizzle = BetterSQLite3Database & { readonly $client: Sqlite.Database };
export type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export interface SqliteOptions {
  /** True to fail if the file does not exist. Otherwise the file is created. */
  readonly mustExist?: boolean;
  /** Name of the storage that has the pictures; see move-state.ts. */
  readonly storage?: string;
  /** True to record each change in the outbox. */
  readonly recordsChanges?: boolean;
  /** True to keep room for a start on a full disk; see reserve.ts. */
  readonly keepsReserve?: boolean;
  /**
   * True to detect programs that change the files in place; see watch-content.ts. Call `remember` after each commit.
   */
  readonly watchesContent?: boolean;
  /** Called with each statement that runs. */
  readonly onStatement?: (sql: string) => void;
}

export interface SqliteConnection {
  readonly drizzle: Drizzle;
  /** Path of the database file without symbolic links. */
  readonly file: string;
  /** Returns an error message if writes would be lost now; see watch-files.ts. */
  findFault(): string | undefined;
  /** Records the state of the files. Call it after each commit, in the same event-loop turn. Never throws. */
  remember(): void;
  /**
   * Moves the log's data to the database file, and empties the log. Call it only if {@link findFault} finds nothing.
   * @returns false if another process is reading the log, which then keeps its data.
   */
  clearLog(): boolean;
  /** Moves the log's data to the database file, unless another program changed either of them, and closes both. */
  close(): void;
}

/**
 * Milliseconds that SQLite waits for a lock. It blocks the server's only thread, so this is short. retry-when-busy.ts
 * waits longer without blocking.
 */
const BUSY_TIMEOUT_MS = 50;

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Opens a database file, creating it and its folder if needed, and migrates its tables. If that fails, for example on a
 * full disk, deletes the reserve and retries once (see reserve.ts).
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
    // SQLite itself opens a read-only file and fails only at the first write.
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
      clearLog() {
        const [checkpoint] = client.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
        content?.remember();
        return checkpoint?.busy === 0;
      },
      close() {
        closeFiles(files.isSpoiled());
        // On a full disk, there is room only now that SQLite has deleted its own files.
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
 * Returns a function that closes the connection, with a checkpoint unless another program changed the files. The last
 * connection to close makes a checkpoint, and better-sqlite3 has no option to prevent it. A read-only connection
 * makes none.
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
  // A connection holds a lock on the file only after its first statement.
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

/** Throws if the file has a second name. SQLite would keep a separate log for that name. */
function checkNames(file: string): void {
  if (statSync(file).nlink > 1) {
    throw new Error('the file has another name, a hard link; delete that name or replace it with a copy');
  }
}

function configure(client: Sqlite.Database): void {
  client.pragma('journal_mode = WAL');
  // better-sqlite3's default with WAL is NORMAL, which can lose the last commits in a power failure.
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  // Overwrites deleted rows with zeros, at no measurable cost for uploads. docs/privacy.md states the exception.
  client.pragma('secure_delete = ON');
}

/** Returns SQLite's own error, which Drizzle wraps in others. */
function innermost(error: unknown): Error {
  const { cause } = error as Error;
  return cause === undefined ? (error as Error) : innermost(cause);
}
