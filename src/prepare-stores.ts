import type { Config } from './config/load-config.ts';
import { type Stores, storageName } from './open-stores.ts';
import { openUploads } from './pictures/receive-file.ts';
import type { Logger } from './telemetry/logger.ts';
import { checkMatch } from './upkeep/check-match.ts';
import { checkMove } from './upkeep/check-move.ts';
import { clearLeftovers } from './upkeep/clear-leftovers.ts';

/**
 * Prepares opened stores for uploads: checks that they belong together, claims their folders, and clears what ended
 * instances left behind. Rejects with the errors of these steps.
 */
export async function prepareStores(
  config: Config,
  { database, storage }: Pick<Stores, 'database' | 'storage'>,
  logger: Logger,
): Promise<void> {
  await checkMove({ database, logger }, storageName(config));
  await checkMatch({ database, storage });
  const { STORAGE_URL, UPLOADS_DIR: uploadsDirectory } = config;
  await openUploads(uploadsDirectory);
  await database.claimFolders([
    uploadsDirectory,
    ...('directory' in STORAGE_URL ? [STORAGE_URL.directory] : []),
  ]);
  await clearLeftovers({ database, storage, uploadsDirectory, pendingCleanup: new Set(), logger });
}
