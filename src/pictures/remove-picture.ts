import type { PictureKey } from '../database/database.ts';
import { DatabaseBusyError, DatabaseFullError } from '../database/errors.ts';
import { StorageBusyError } from '../storage/errors.ts';
import { type Author, recordChange } from './audit.ts';
import type { PictureParts } from './picture-parts.ts';

/** Maximum number of pictures whose rows are deleted in one commit. */
const BATCH_SIZE = 100;
/** Errors that would affect every picture. */
const UNAVAILABLE_ERRORS = [StorageBusyError, DatabaseBusyError, DatabaseFullError];

/**
 * Removes a user's current picture, if there is one. The picture goes to the trash, from which it can be restored. With
 * `permanently`, its files and its row are deleted when this resolves.
 */
export async function removePicture(
  parts: Pick<PictureParts, 'storage' | 'database' | 'pendingWork' | 'deletionQueue' | 'logger'>,
  author: Author,
  options: { permanently: boolean },
): Promise<void> {
  if (!options.permanently) {
    const { picture, evicted } = await parts.database.moveToTrash(author, new Date());
    parts.deletionQueue.add(evicted);
    if (picture !== null) {
      recordChange(parts.logger, author, 'profile_picture.removed', picture);
    }
    return;
  }
  const { picture, deleting } = await parts.database.beginDeletion(author);
  if (picture !== null) {
    recordChange(parts.logger, author, 'profile_picture.deleted', picture);
  }
  // Includes pictures that an earlier removal could not delete. A retry must not succeed while they still exist.
  await parts.pendingWork.track(deletePictures(parts, deleting));
}

/** Finishes the deletion of pictures whose rows are `deleting`: deletes the files, then the rows. */
export async function deletePictures(
  { storage, database }: Pick<PictureParts, 'storage' | 'database'>,
  pictures: readonly PictureKey[],
): Promise<void> {
  for (let start = 0; start < pictures.length; start += BATCH_SIZE) {
    const batch = pictures.slice(start, start + BATCH_SIZE);
    await storage.delete(batch.map(({ path }) => path));
    await database.deleteRows(batch.map(({ id }) => id));
  }
}

/**
 * Finishes deletions in the background. Never rejects. If a picture cannot be deleted, deletes the others anyway,
 * unless the storage or the database is unavailable. The rows of remaining pictures stay for the next sweep.
 * @returns the number of deleted pictures.
 */
export async function clearPictures(
  parts: Pick<PictureParts, 'storage' | 'database' | 'logger'>,
  pictures: readonly PictureKey[],
): Promise<number> {
  let failure = await tryToDelete(parts, pictures);
  if (failure === undefined) {
    return pictures.length;
  }
  let cleared = 0;
  for (const picture of isUnavailable(failure) ? [] : pictures) {
    const next = await tryToDelete(parts, [picture]);
    cleared += next === undefined ? 1 : 0;
    failure = next ?? failure;
    if (isUnavailable(failure)) {
      break;
    }
  }
  parts.logger.warn(
    { err: failure, pictures: pictures.length - cleared },
    'Could not delete pictures; the next sweep retries',
  );
  return cleared;
}

/** Deletes pictures. @returns the error if that fails, else undefined. */
async function tryToDelete(
  parts: Pick<PictureParts, 'storage' | 'database'>,
  pictures: readonly PictureKey[],
): Promise<unknown> {
  try {
    await deletePictures(parts, pictures);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE_ERRORS.some((errorClass) => error instanceof errorClass);
}
