import { type Author, recordChange } from './audit.ts';
import { NothingToRestoreError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/**
 * Restores the picture that was replaced or removed last. Users cannot restore pictures that someone else replaced or
 * removed. The current picture goes to the trash. Rejects with NothingToRestoreError.
 */
export async function restorePicture(
  { database, deletionQueue, logger }: Pick<PictureParts, 'database' | 'deletionQueue' | 'logger'>,
  author: Author,
): Promise<void> {
  const restored = await database.restore(author, new Date());
  if (restored === null) {
    throw new NothingToRestoreError();
  }
  deletionQueue.add(restored.evicted);
  recordChange(logger, author, 'profile_picture.restored', restored.picture);
}
