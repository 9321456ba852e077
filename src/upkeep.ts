import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Config, ConfigError, isInside, STATIC_DIRECTORY } from './config.ts';
import { newInstance } from './database/instance.ts';
import { type BackUpReport, backUp } from './pictures/back-up.ts';
import { checkMatch } from './pictures/check-match.ts';
import { type ReconcileOptions, type ReconcileReport, reconcile } from './pictures/reconcile.ts';
import { openDiskStorage } from './storage/disk.ts';
import { openStored } from './stored.ts';
import type { Logger } from './telemetry/logger.ts';

/** Compares the storage with the database; see pictures/reconcile.ts. The server may be running meanwhile. */
export async function runReconcile(
  config: Config,
  options: ReconcileOptions,
  logger: Logger,
): Promise<ReconcileReport> {
  await using stored = await openStored(config, false, logger);
  return await reconcile(stored, options);
}

/**
 * Copies the database and the pictures into a folder; see pictures/back-up.ts. The server may be running meanwhile.
 * The database comes first: what is deleted later is taken out of its copy, and what comes later is in neither.
 */
export async function runBackUp(config: Config, folder: string, logger: Logger): Promise<BackUpReport> {
  const { DATABASE_URL, STORAGE_URL } = config;
  if (DATABASE_URL.dialect !== 'sqlite') {
    throw new ConfigError([
      'Only SQLite is backed up by this command; docs/operations.md tells of Postgres.',
    ]);
  }
  await using stored = await openStored(config, false, logger);
  await checkMatch(stored);
  const served = [STATIC_DIRECTORY, ...('directory' in STORAGE_URL ? [STORAGE_URL.directory] : [])];
  const target = await openBackUpFolder(folder, DATABASE_URL.path, served);
  const { backUpSqlite } = await import('./database/sqlite/back-up-sqlite.ts');
  return await backUpSqlite(DATABASE_URL.path, target.database, async (copy) => {
    const storage = await openDiskStorage(target.pictures, newInstance());
    // Whoever staged there before has ended, since the copy is ours alone.
    await storage.clearStaging(async (instances) => new Set(instances));
    return backUp(stored, { ...copy, storage });
  });
}

/** Makes the folder. Rejects with ConfigError if a copy would be served, or take the place of the original. */
async function openBackUpFolder(folder: string, databasePath: string, served: readonly string[]) {
  await mkdir(folder, { recursive: true });
  const copies = await realpath(folder);
  const target = { database: join(copies, 'portrait.db'), pictures: join(copies, 'pictures') };
  const roots = await Promise.all(served.map((path) => realpath(path)));
  const database = join(await realpath(dirname(databasePath)), basename(databasePath));
  if (roots.some((root) => isInside(target.pictures, root)) || target.database === database) {
    throw new ConfigError([`A back-up cannot be made in ${folder}, which the server itself uses.`]);
  }
  return target;
}
