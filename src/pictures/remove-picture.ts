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
    await deletePictures(parts, [picture]);
  }
}

/** The second half of every deletion, for pictures whose rows are deleting: the files, then the rows. */
export async function deletePictures(
  { storage, database }: Pick<PictureParts, 'storage' | 'database'>,
  pictures: readonly PictureKey[],
): Promise<void> {
  await storage.delete(pictures.map(({ path }) => path));
  for (const { id } of pictures) {
    await database.forget(id);
  }
}
