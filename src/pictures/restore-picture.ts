import type { Viewer } from '../auth/viewer.ts';
import { NothingToRestoreError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/**
 * Restores the picture that a user replaced or removed last. The current picture goes to the trash.
 * Rejects with NothingToRestoreError.
 */
export async function restorePicture(
  { database, deletionQueue }: Pick<PictureParts, 'database' | 'deletionQueue'>,
  user: Viewer,
): Promise<void> {
  const evicted = await database.restore(user, new Date());
  if (evicted === null) {
    throw new NothingToRestoreError();
  }
  deletionQueue.add(evicted);
}
