import type { Viewer } from '../auth/viewer.ts';
import type { PictureKey } from '../database/database.ts';
import { DatabaseBusyError, DatabaseFullError } from '../database/errors.ts';
import { StorageBusyError } from '../storage/errors.ts';
import type { PictureParts } from './picture-parts.ts';

/** Pictures that are deleted together: one commit for all of them. */
const BATCH_SIZE = 100;
/** What would go wrong with every picture alike. */
const UNAVAILABLE_ERRORS = [StorageBusyError, DatabaseBusyError, DatabaseFullError];

/**
 * Takes away a user's present picture; without one nothing happens. It goes to the trash, from where it can be
 * restored; permanently, its files and its row are gone when this resolves.
 */
export async function removePicture(
  parts: Pick<PictureParts, 'storage' | 'database' | 'pendingWork' | 'deletionQueue'>,
  user: Viewer,
  options: { permanently: boolean },
): Promise<void> {
  if (!options.permanently) {
    parts.deletionQueue.add(await parts.database.moveToTrash(user, new Date()));
    return;
  }
  // What an earlier removal could not delete is among them: whoever asks again must not be told that it is gone.
  const pictures = await parts.database.beginDeletion(user);
  await parts.pendingWork.track(deletePictures(parts, pictures));
}

/** The second half of every deletion, for pictures whose rows are deleting: the files, then the rows. */
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
 * The same, when nobody waits for it. What cannot be deleted keeps nothing else, unless the storage or the database is
 * away; its rows stay, for the next sweep. Never rejects.
 * @returns how many are gone.
 */
export async function clearPictures(
  parts: Pick<PictureParts, 'storage' | 'database' | 'logger'>,
  pictures: readonly PictureKey[],
): Promise<number> {
  let failure = await failureOfDeleting(parts, pictures);
  if (failure === undefined) {
    return pictures.length;
  }
  let cleared = 0;
  for (const picture of isUnavailable(failure) ? [] : pictures) {
    const next = await failureOfDeleting(parts, [picture]);
    cleared += next === undefined ? 1 : 0;
    failure = next ?? failure;
    if (isUnavailable(failure)) {
      break;
    }
  }
  parts.logger.warn(
    { err: failure, pictures: pictures.length - cleared },
    'Pictures could not be cleared; the next sweep tries again',
  );
  return cleared;
}

async function failureOfDeleting(
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
