import type { UpkeepParts } from '../pictures/picture-parts.ts';
import { openUploads } from '../pictures/receive-file.ts';
import { clearPictures } from '../pictures/remove-picture.ts';
import { clearEndedInstances } from '../storage/clear-ended-instances.ts';

/**
 * Clears what ended instances left behind: staged files, incomplete uploads, pending pictures, and pictures and users
 * whose deletion was interrupted. Also abandons uploads that this instance could not abandon before. Never lists the storage,
 * and leaves the files of running instances alone. Rejects if a folder cannot be used. If a picture cannot be cleared,
 * the next sweep retries.
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
    // On a full disk, no row can be written, but pictures can still be read.
    logger.warn({ err: error }, 'Could not abandon unfinished uploads; the next sweep retries');
    return;
  }
  const cleared = await clearPictures(parts, await database.findDeleting());
  if (cleared > 0) {
    logger.info({ pictures: cleared }, 'Deleted pictures whose upload or deletion was interrupted');
  }
  try {
    await database.finishUserDeletions();
  } catch (error) {
    logger.warn({ err: error }, 'Could not finish the deletion of users; the next sweep retries');
  }
}
