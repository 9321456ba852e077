import type { UpkeepParts } from '../pictures/picture-parts.ts';
import { openUploads } from '../pictures/receive-file.ts';
import { clearPictures } from '../pictures/remove-picture.ts';
import { clearEndedInstances } from '../storage/clear-ended-instances.ts';

/**
 * Clears what instances that ended in the middle of their work left behind: staged files, half received uploads,
 * the pictures that were pending, and those whose deletion was not finished; and what this one could not give up. It
 * never walks the storage, and takes nothing from an instance that lives. Rejects if a folder cannot be used; pictures
 * that cannot be cleared stay for the next sweep.
 */
export async function clearLeftovers(parts: UpkeepParts): Promise<void> {
  const { database, storage, uploadsDirectory, pendingCleanup, logger } = parts;
  await openUploads(uploadsDirectory);
  await clearEndedInstances(uploadsDirectory, database.findEndedInstances);
  await storage.clearStaging(database.findEndedInstances);
  try {
    await database.abandonLeftovers();
    for (const id of pendingCleanup) {
      await database.abandon(id);
      pendingCleanup.delete(id);
    }
  } catch (error) {
    // On a full disk no row can be written; pictures can be shown all the same.
    logger.warn({ err: error }, 'Unfinished uploads could not be given up; the next sweep tries again');
    return;
  }
  const cleared = await clearPictures(parts, await database.findDeleting());
  if (cleared > 0) {
    logger.info({ pictures: cleared }, 'Cleared pictures whose upload or deletion was not finished');
  }
}
