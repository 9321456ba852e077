import type { PictureKey } from '../database/database.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import type { PictureStorage } from '../storage/storage.ts';

/** What a backup is made of. */
export interface BackupCopy {
  /** Those that the copy of the database names. */
  storedPictures(): AsyncIterable<PictureKey[]>;
  /** Takes a picture out of the copy of the database. */
  omit(id: string): void;
  readonly storage: PictureStorage;
}

export interface BackupReport {
  /** Pictures that were copied. */
  readonly copied: number;
  /** Pictures that an earlier backup had copied already. */
  readonly kept: number;
  /** Pictures that were deleted while the others were being copied; the copy does not know them either. */
  readonly deleted: number;
  /** Ids of pictures whose files are not in the storage. */
  readonly missing: readonly string[];
}

/**
 * Copies the pictures that a copy of the database names, unless an earlier backup did. Pictures never change, and one
 * path is never used twice, so what is there is right.
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
  return { ...count, missing };
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
    // Asked afterwards: a deletion is committed before its first file goes, so what was copied until now is whole.
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
