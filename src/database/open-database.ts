import type { Logger } from '../telemetry/logger.ts';
import type { PictureDatabase } from './database.ts';
import type { MovableDatabase } from './movable.ts';

/** Dialect and address of a database. */
export type DatabaseLocation =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | { readonly dialect: 'postgres'; readonly url: string };

export interface DatabaseOptions {
  readonly location: DatabaseLocation;
  /** Maximum number of pooled connections. SQLite has only one connection. */
  readonly poolSize: number;
  /** True for a server, false for a command. */
  readonly serving: boolean;
  /** Name of the storage that has the pictures; see move-state.ts. */
  readonly storage: string;
  /** True to record each change in the outbox. */
  readonly recordsChanges: boolean;
  readonly logger: Logger;
}

/**
 * Opens a database and migrates its tables. Loads only the driver that it needs. A command never creates an SQLite
 * file. Rejects with DatabaseInUseError if another server uses the same SQLite file, and with DatabaseUnusableError.
 */
export async function openDatabase(options: DatabaseOptions): Promise<PictureDatabase> {
  const { location, poolSize, storage, recordsChanges, logger } = options;
  if (location.dialect === 'postgres') {
    const { openPostgresDatabase } = await import('./postgres/postgres-database.ts');
    return await openPostgresDatabase({ url: location.url, poolSize, storage, recordsChanges, logger });
  }
  const { openSqliteDatabase } = await import('./sqlite/sqlite-database.ts');
  return options.serving
    ? await openClaimed(location.path)
    : openSqliteDatabase(location.path, { mustExist: true, storage, recordsChanges });

  async function openClaimed(path: string): Promise<PictureDatabase> {
    const { claimSqlite } = await import('./sqlite/claim-sqlite.ts');
    const release = claimSqlite(path);
    try {
      const database = openSqliteDatabase(path, {
        storage,
        recordsChanges,
        keepsReserve: true,
        watchesContent: true,
      });
      return { ...database, close: () => database.close().finally(release) };
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** Opens a database for commands that copy its rows to another one. Rejects with DatabaseUnusableError. */
export async function openMovable(
  location: DatabaseLocation,
  { mustExist, logger }: { readonly mustExist: boolean; readonly logger: Logger },
): Promise<MovableDatabase> {
  if (location.dialect === 'postgres') {
    const { openMovablePostgres } = await import('./postgres/postgres-movable.ts');
    return await openMovablePostgres(location.url, logger);
  }
  const { openMovableSqlite } = await import('./sqlite/sqlite-movable.ts');
  return openMovableSqlite(location.path, { mustExist });
}
