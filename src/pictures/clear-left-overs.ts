import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PictureParts } from './picture-parts.ts';
import { UPLOAD_NAME } from './receive-file.ts';
import { deletePicture } from './remove-picture.ts';

/**
 * Clears what a process that ended in the middle of its work left behind: staged files, half received uploads,
 * and the pictures that rows name as pending or deleting. It never walks the storage. Only for start-up, before
 * the first request.
 */
export async function clearLeftOvers(
  parts: Pick<PictureParts, 'database' | 'storage' | 'uploadsDirectory' | 'logger'>,
): Promise<void> {
  const { database, storage, uploadsDirectory, logger } = parts;
  await mkdir(uploadsDirectory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(uploadsDirectory)) {
    if (UPLOAD_NAME.test(name)) {
      await rm(join(uploadsDirectory, name), { force: true });
    }
  }
  await storage.clearStaging();
  const unfinished = [
    ...(await database.findUnfinished('pending')),
    ...(await database.findUnfinished('deleting')),
  ];
  for (const picture of unfinished) {
    await deletePicture(parts, picture);
  }
  if (unfinished.length > 0) {
    logger.warn({ pictures: unfinished.length }, 'Cleared pictures that an earlier run did not finish');
  }
}
