import { mkdir } from 'node:fs/promises';
import { clearEnded } from '../storage/clear-ended.ts';
import { StorageBusyError } from '../storage/errors.ts';
import type { PictureParts } from './picture-parts.ts';
import { deletePictures } from './remove-picture.ts';

/**
 * Clears what instances that ended in the middle of their work left behind: staged files, half received uploads,
 * the pictures that were pending, and those whose deletion was not finished. It never walks the storage, and
 * takes nothing from an instance that lives.
 */
export async function clearLeftOvers(
  parts: Pick<PictureParts, 'database' | 'storage' | 'uploadsDirectory' | 'logger'>,
): Promise<void> {
  const { database, storage, uploadsDirectory, logger } = parts;
  await mkdir(uploadsDirectory, { recursive: true, mode: 0o700 });
  await clearEnded(uploadsDirectory, database.findEnded);
  await storage.clearStaging(database.findEnded);
  await database.giveUpLeftOvers();
  const deleting = await database.findDeleting();
  if (deleting.length === 0) {
    return;
  }
  try {
    await deletePictures(parts, deleting);
    logger.info({ pictures: deleting.length }, 'Cleared pictures whose upload or deletion was not finished');
  } catch (error) {
    if (!(error instanceof StorageBusyError)) {
      throw error;
    }
    logger.warn(
      { err: error, pictures: deleting.length },
      'Pictures whose upload or deletion was not finished could not be cleared; the next sweep tries again',
    );
  }
}
