import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';

export type Drizzle = BetterSQLite3Database;

export interface SqliteConnection {
  readonly drizzle: Drizzle;
  close(): void;
}

/**
 * Milliseconds that SQLite itself waits for a lock. It waits inside the server's only thread, so this is short;
 * the longer waiting is done outside (see sqlite-database.ts).
 */
const BUSY_TIMEOUT_MS = 50;

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Opens a database file, making it and its folder if need be, and brings its tables up to date.
 * @param onStatement is told every statement as it runs.
 */
export function openSqlite(path: string, onStatement?: (sql: string) => void): SqliteConnection {
  mkdirSync(dirname(path), { recursive: true });
  const verbose = onStatement && ((sql?: unknown) => onStatement(String(sql)));
  const client = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS, ...(verbose && { verbose }) });
  client.pragma('journal_mode = WAL');
  // better-sqlite3 is compiled to use NORMAL with WAL, which may lose the last commits in a power failure.
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  const database = drizzle(client);
  migrate(database, { migrationsFolder: MIGRATIONS });
  return { drizzle: database, close: () => client.close() };
}
