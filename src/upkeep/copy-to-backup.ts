import type { PictureKey } from '../database/database.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import type { PictureStorage } from '../storage/storage.ts';

/** The database and the storage of a backup. */
export interface BackupCopy {
  /** Yields the pictures in the copy of the database, in batches. */
  storedPictures(): AsyncIterable<PictureKey[]>;
  /** Removes a picture from the copy of the database. */
  omit(id: string): void;
  /** Yields pictures that earlier or interrupted runs may have copied and that the copy does not name, in batches. */
  unnamed(): Iterable<readonly { readonly path: string; readonly isOfDeletedUser: boolean }[]>;
  /** Removes pictures from the list of pictures in the backup. */
  forget(paths: readonly string[]): void;
  readonly storage: PictureStorage;
}

export interface BackupReport {
  /** Number of copied pictures. */
  readonly copied: number;
  /** Number of pictures that an earlier backup had already copied. */
  readonly kept: number;
  /** Number of pictures that were deleted during the backup. The copy of the database does not contain them either. */
  readonly deleted: number;
  /** Ids of pictures whose files are not in the storage. */
  readonly missing: readonly string[];
  /** Number of pictures that were removed from the backup, because their users have been deleted. */
  readonly removed: number;
}

/**
 * Copies the pictures in the copy of the database, and removes those of deleted users from the backup. Skips those that
 * an earlier backup has copied, because pictures never change and a path is never reused.
 */
export async function copyToBackup(
  source: Pick<PictureParts, 'database' | 'storage'>,
  copy: BackupCopy,
): Promise<BackupReport> {
  const count = { copied: 0, kept: 0, deleted: 0 };
  const missing: string[] = [];
  for await (const batch of copy.storedPictures()) {
    for (const picture of batch) {
      const outcome = await copyPicture(source, copy, picture);
      if (outcome === 'missing') {
        missing.push(picture.id);
      } else {
        count[outcome] += 1;
      }
    }
  }
  return { ...count, missing, removed: await removeDeletedUsers(copy) };
}

/**
 * Deletes the files of deleted users from the backup. The earlier copy of the database may still name them until the new
 * one replaces it. If this were done later, an interruption would leave files that no database names.
 */
async function removeDeletedUsers({ unnamed, forget, storage }: BackupCopy): Promise<number> {
  let removed = 0;
  for (const batch of unnamed()) {
    const gone: string[] = [];
    for (const { path, isOfDeletedUser } of batch) {
      const exists = await storage.exists(path);
      if (exists && isOfDeletedUser) {
        await storage.delete([path]);
        removed += 1;
      }
      if (!exists || isOfDeletedUser) {
        gone.push(path);
      }
    }
    forget(gone);
  }
  return removed;
}

async function copyPicture(
  source: Pick<PictureParts, 'database' | 'storage'>,
  copy: BackupCopy,
  { id, path }: PictureKey,
): Promise<'copied' | 'kept' | 'deleted' | 'missing'> {
  if (await copy.storage.exists(path)) {
    return 'kept';
  }
  const staging = await copy.storage.stage(path);
  try {
    const found = await source.storage.copyTo(path, staging.directory);
    // Query the state after copying. A deletion is committed before its first file is deleted, so a picture that is
    // still stored now was copied completely.
    const state = await source.database.stateOf(id);
    const exists = state === 'live' || state === 'trash';
    if (found && exists) {
      await staging.publish();
      return 'copied';
    }
    await staging.discard();
    if (exists) {
      return 'missing';
    }
    copy.omit(id);
    return 'deleted';
  } catch (error) {
    await staging.discard();
    throw error;
  }
}
