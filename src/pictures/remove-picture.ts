import type { PictureKey } from '../database/database.ts';
import type { PictureParts } from './picture-parts.ts';

/**
 * Takes away a user's present picture; without one nothing happens. It goes to the trash, from where it can be
 * restored; permanently, its files and its row are gone when this resolves.
 */
export async function removePicture(
  parts: PictureParts,
  userId: string,
  options: { permanently: boolean },
): Promise<void> {
  if (!options.permanently) {
    await parts.database.moveToTrash(userId, new Date());
    return;
  }
  const picture = await parts.database.beginDeletion(userId);
  if (picture !== null) {
    await deletePicture(parts, picture);
  }
}

/** The second half of every deletion, for a picture whose row is deleting: the files, then the row. */
export async function deletePicture(
  { storage, database }: Pick<PictureParts, 'storage' | 'database'>,
  { id, path }: PictureKey,
): Promise<void> {
  await storage.delete(path);
  await database.forget(id);
}
