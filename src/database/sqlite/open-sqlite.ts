import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { DatabaseUnusableError } from '../errors.ts';

export type Drizzle = BetterSQLite3Database;
export type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export interface SqliteOptions {
  /** Fail rather than make a file that is not there. */
  readonly mustExist?: boolean;
  /** Name of the storage in which its pictures lie; see move.ts. */
  readonly storage?: string;
  /** Told every statement as it runs. */
  readonly onStatement?: (sql: string) => void;
}

export interface SqliteConnection {
  readonly drizzle: Drizzle;
  /** Whether the path still leads to the file that was opened. */
  isInPlace(): boolean;
  close(): void;
}

/**
 * Milliseconds that SQLite itself waits for a lock. It waits inside the server's only thread, so this is short;
 * the longer waiting is done outside (see retry-when-busy.ts).
 */
const BUSY_TIMEOUT_MS = 50;

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Opens a database file, making it and its folder if need be, and brings its tables up to date.
 * Throws DatabaseUnusableError.
 */
export function openSqlite(path: string, options: SqliteOptions = {}): SqliteConnection {
  let client: Sqlite.Database | undefined;
  try {
    client = connect(path, options);
    configure(client);
    const database = drizzle(client);
    migrate(database, { migrationsFolder: MIGRATIONS });
    // SQLite would open a file that cannot be written, and say so at the first write.
    accessSync(path, constants.W_OK);
    const opened = identityOf(path);
    return {
      drizzle: database,
      isInPlace: () => identityOf(path) === opened,
      close: () => client?.close(),
    };
  } catch (error) {
    client?.close();
    throw new DatabaseUnusableError(path, innermost(error).message, { cause: error });
  }
}

function connect(path: string, { mustExist = false, onStatement }: SqliteOptions): Sqlite.Database {
  if (!mustExist) {
    mkdirSync(dirname(path), { recursive: true });
  }
  const verbose = onStatement && ((sql?: unknown) => onStatement(String(sql)));
  return new Sqlite(path, {
    timeout: BUSY_TIMEOUT_MS,
    fileMustExist: mustExist,
    ...(verbose && { verbose }),
  });
}

function configure(client: Sqlite.Database): void {
  client.pragma('journal_mode = WAL');
  // better-sqlite3 is compiled to use NORMAL with WAL, which may lose the last commits in a power failure.
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
}

/** The same as long as a path leads to the same file; undefined if it leads nowhere. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

/** SQLite's own error, out of those that Drizzle wraps around it. */
function innermost(error: unknown): Error {
  const { cause } = error as Error;
  return cause === undefined ? (error as Error) : innermost(cause);
}
