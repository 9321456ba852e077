import type { Viewer } from '../auth/viewer.ts';
import { NothingToRestoreError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/**
 * Brings back the picture that a user replaced or removed last; the present one takes its place in the trash.
 * Rejects with NothingToRestoreError.
 */
export async function restorePicture({ database }: PictureParts, user: Viewer): Promise<void> {
  if (!(await database.restore(user, new Date()))) {
    throw new NothingToRestoreError();
  }
}
