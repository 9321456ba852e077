import type { Logger } from '../telemetry/logger.ts';
import type { PictureDatabase } from './database.ts';

/** Which database, and where. */
export type DatabaseLocation =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | { readonly dialect: 'postgres'; readonly url: string };

export interface DatabaseOptions {
  readonly location: DatabaseLocation;
  /** Connections at most; SQLite has one. */
  readonly poolSize: number;
  /** Whether a server works on it, not a tool beside one. */
  readonly serving: boolean;
  readonly logger: Logger;
}

/**
 * Opens a database and brings its tables up to date. Only the one that is asked for is loaded, and a tool makes none.
 * Rejects with DatabaseInUseError if there can be one server only, and with DatabaseUnusableError.
 */
export async function openDatabase(options: DatabaseOptions): Promise<PictureDatabase> {
  const { location, poolSize, logger } = options;
  if (location.dialect === 'postgres') {
    const { openPostgresDatabase } = await import('./postgres/postgres-database.ts');
    return await openPostgresDatabase({ url: location.url, poolSize, logger });
  }
  const { openSqliteDatabase } = await import('./sqlite/sqlite-database.ts');
  return options.serving
    ? await openClaimed(location.path)
    : openSqliteDatabase(location.path, { mustExist: true });

  async function openClaimed(path: string): Promise<PictureDatabase> {
    const { claimSqlite } = await import('./sqlite/claim-sqlite.ts');
    const release = claimSqlite(path);
    try {
      const database = openSqliteDatabase(path);
      return { ...database, close: () => database.close().finally(release) };
    } catch (error) {
      release();
      throw error;
    }
  }
}
