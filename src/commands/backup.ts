import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Config, ConfigError } from '../config/load-config.ts';
import { newInstance } from '../database/instance.ts';
import { openStores } from '../open-stores.ts';
import { openDiskStorage } from '../storage/disk.ts';
import type { Logger } from '../telemetry/logger.ts';
import { checkMatch } from '../upkeep/check-match.ts';
import { type BackupReport, copyToBackup } from '../upkeep/copy-to-backup.ts';
import { openCommand, parseArguments, UsageError, writeLine, writeMissing } from './command-line.ts';
import { isServed } from './is-served.ts';

const USAGE = 'npm run backup -- /backup/portrait';

/** Backs up the database and the pictures to a folder, and reports what it copied. The server may keep running. */
export async function backup(args: string[]): Promise<void> {
  const [folder, ...others] = parseArguments(args, {}, USAGE).positionals;
  if (folder === undefined || others.length > 0) {
    throw new UsageError(`A backup needs a folder. Usage: ${USAGE}`);
  }
  const { config, logger } = openCommand();
  const { copied, kept, deleted, missing, removed } = await backUpTo(resolve(folder), config, logger);
  writeMissing(missing);
  writeLine(
    `${copied + kept} pictures in the backup (${copied} new), ${deleted} deleted during the backup, ${missing.length} with missing files.`,
  );
  if (removed > 0) {
    writeLine(`${removed} pictures of deleted users were removed from the backup.`);
  }
  process.exitCode = missing.length > 0 ? 1 : 0;
}

/**
 * Copies the database to an SQLite file and the pictures to plain files; see upkeep/copy-to-backup.ts. Copies the
 * database first. A picture that is uploaded later is in neither copy. If a picture is deleted before its files are
 * copied, its row is removed from the copy.
 */
async function backUpTo(folder: string, config: Config, logger: Logger): Promise<BackupReport> {
  await using stored = await openStores(config, false, logger);
  await checkMatch(stored);
  const target = await openBackupFolder(folder, config);
  const { makeSqliteCopy } = await import('../database/sqlite/sqlite-copy.ts');
  const fill = (draft: string) => fillCopy(config.DATABASE_URL, draft, logger);
  return await makeSqliteCopy(target.database, fill, async (copy) => {
    const storage = await openDiskStorage(target.pictures, newInstance());
    const { claimFolder } = await import('../database/sqlite/claim-folder.ts');
    const claim = claimFolder(target.pictures);
    try {
      // No server stages files there, because the copy belongs to this command alone.
      await storage.clearStaging(async (instances) => new Set(instances));
      return await copyToBackup(stored, { ...copy, storage });
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

/** Creates the folder. Rejects with ConfigError if the server would publish the copy or lose the original. */
async function openBackupFolder(folder: string, config: Config) {
  await mkdir(folder, { recursive: true });
  const copies = await realpath(folder);
  const target = { database: join(copies, 'portrait.db'), pictures: join(copies, 'pictures') };
  const { DATABASE_URL } = config;
  const original = DATABASE_URL.dialect === 'sqlite' ? await realpath(DATABASE_URL.path) : undefined;
  if ((await isServed(target.pictures, config)) || target.database === original) {
    throw new ConfigError([`The server uses ${folder}. Choose another folder for the backup.`]);
  }
  return target;
}
