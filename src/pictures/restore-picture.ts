import { NothingToRestoreError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/**
 * Brings back the picture that a user replaced or removed last; the present one takes its place in the trash.
 * Rejects with NothingToRestoreError.
 */
export async function restorePicture({ database }: PictureParts, userId: string): Promise<void> {
  if (!(await database.restore(userId, new Date()))) {
    throw new NothingToRestoreError();
  }
}
