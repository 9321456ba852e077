import { setTimeout as sleep } from 'node:timers/promises';
import type { PictureKey } from '../database/database.ts';
import { UserDeletedError } from '../database/errors.ts';
import { type Author, recordChange } from './audit.ts';
import { UserDeletionUnfinishedError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';
import { deletePictures } from './remove-picture.ts';

/** Milliseconds to wait for uploads of the user in progress. A decoder cannot be interrupted. */
const UPLOADS_END_LIMIT_MS = 10_000;
/** Milliseconds between checks whether uploads on other servers have ended. */
const CHECK_INTERVAL_MS = 100;

export interface UserDeletionOptions {
  /** Milliseconds to wait for uploads of the user in progress. */
  readonly uploadsEndLimit?: number;
  /** Called before and after the files are deleted, with the number of deleted pictures and the total. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Deletes a user. When this resolves, all pictures (live, in the trash and in progress), the name and the hashes of the
 * address are gone, and so are their files. Succeeds for an unknown user too, so it can be repeated.
 *
 * If it rejects with an error of storage/ or database/, or with UserDeletionUnfinishedError, no picture and no name is
 * shown any more, unless the first transaction failed. The next call, sweep or start finishes the deletion.
 * @returns the number of deleted pictures, without uploads in progress.
 */
export async function deleteUser(
  parts: Pick<PictureParts, 'storage' | 'database' | 'pendingWork' | 'runningUploads' | 'logger'>,
  author: Pick<Author, 'subject' | 'actor' | 'requestId'>,
  options: UserDeletionOptions = {},
): Promise<number> {
  const { subject, actor } = author;
  const { isNew, pictures } = await parts.database.beginUserDeletion(subject, actor, new Date());
  if (isNew) {
    recordChange(parts.logger, author, 'user.deleted', null);
  }
  options.onProgress?.(0, pictures.length);
  const deadline = performance.now() + (options.uploadsEndLimit ?? UPLOADS_END_LIMIT_MS);
  await parts.pendingWork.track(finish(parts, subject, pictures, deadline));
  options.onProgress?.(pictures.length, pictures.length);
  return pictures.length;
}

async function finish(
  parts: Pick<PictureParts, 'storage' | 'database' | 'runningUploads'>,
  userId: string,
  pictures: readonly PictureKey[],
  deadline: number,
): Promise<void> {
  await Promise.all([endUploads(parts, userId, deadline), deletePictures(parts, pictures)]);
  // Uploads on other servers delete their own pictures when they notice that the user was deleted.
  while (!(await parts.database.finishUserDeletions(userId))) {
    if (performance.now() > deadline) {
      throw new UserDeletionUnfinishedError();
    }
    await sleep(CHECK_INTERVAL_MS);
  }
}

/** Ends the user's uploads on this server. Resolves when they have cleaned up, or at the deadline. */
async function endUploads(
  { runningUploads }: Pick<PictureParts, 'runningUploads'>,
  userId: string,
  deadline: number,
): Promise<void> {
  const timer = new AbortController();
  const ended = runningUploads.end(userId, new UserDeletedError());
  const timeOut = sleep(deadline - performance.now(), undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([ended, timeOut]);
  timer.abort();
}
