import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isInside, STATIC_DIRECTORY } from '../config/served.ts';
import { type Config, ConfigError } from '../config/load-config.ts';
import { newInstance } from '../database/instance.ts';
import { type BackUpReport, backUp } from '../upkeep/copy-to-backup.ts';
import { checkMatch } from '../upkeep/check-match.ts';
import { type ReconcileOptions, type ReconcileReport, reconcile } from '../upkeep/reconcile.ts';
import { openDiskStorage } from '../storage/disk.ts';
import { openStored } from '../open-stores.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Compares the storage with the database; see upkeep/reconcile.ts. The server may be running meanwhile. */
export async function runReconcile(
  config: Config,
  options: ReconcileOptions,
  logger: Logger,
): Promise<ReconcileReport> {
  await using stored = await openStored(config, false, logger);
  return await reconcile(stored, options);
}

/**
 * Copies the database and the pictures into a folder, as an SQLite file and plain files whatever they were; see
 * upkeep/copy-to-backup.ts. The server may be running meanwhile. The database comes first: what is deleted later is taken
 * out of its copy, and what comes later is in neither.
 */
export async function runBackUp(config: Config, folder: string, logger: Logger): Promise<BackUpReport> {
  await using stored = await openStored(config, false, logger);
  await checkMatch(stored);
  const target = await openBackUpFolder(folder, config);
  const { makeSqliteCopy } = await import('../database/sqlite/sqlite-copy.ts');
  const fill = (draft: string) => fillCopy(config.DATABASE_URL, draft, logger);
  return await makeSqliteCopy(target.database, fill, async (copy) => {
    const storage = await openDiskStorage(target.pictures, newInstance());
    const { claimFolder } = await import('../database/sqlite/claim-folder.ts');
    const claim = claimFolder(target.pictures);
    try {
      // Every server that staged there has ended, because the copy belongs to this command alone.
      await storage.clearStaging(async (instances) => new Set(instances));
      return await backUp(stored, { ...copy, storage });
    } finally {
      claim.release();
    }
  });
}

async function fillCopy(from: Config['DATABASE_URL'], draft: string, logger: Logger): Promise<void> {
  const { copyRows, copySqlite } = await import('../database/sqlite/sqlite-copy.ts');
  if (from.dialect === 'sqlite') {
    copySqlite(from.path, draft);
    return;
  }
  const { openMovablePostgres } = await import('../database/postgres/postgres-movable.ts');
  await using database = await openMovablePostgres(from.url, logger);
  await database.snapshot((rows) => copyRows(rows, draft));
}

/** Makes the folder. Rejects with ConfigError if a copy would be served, or take the place of the original. */
async function openBackUpFolder(folder: string, { DATABASE_URL, STORAGE_URL }: Config) {
  await mkdir(folder, { recursive: true });
  const copies = await realpath(folder);
  const target = { database: join(copies, 'portrait.db'), pictures: join(copies, 'pictures') };
  const served = [STATIC_DIRECTORY, ...('directory' in STORAGE_URL ? [STORAGE_URL.directory] : [])];
  const roots = await Promise.all(served.map((path) => realpath(path)));
  const original = DATABASE_URL.dialect === 'sqlite' ? await realpath(DATABASE_URL.path) : undefined;
  if (roots.some((root) => isInside(target.pictures, root)) || target.database === original) {
    throw new ConfigError([`A back-up cannot be made in ${folder}, which the server itself uses.`]);
  }
  return target;
}
