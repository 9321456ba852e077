import type { PictureKey } from '../database/database.ts';
import type { PictureParts } from './picture-parts.ts';
import { clearPictures } from './remove-picture.ts';

/** Deletes pictures that left a trash, while nobody waits for it. */
export interface Clearer {
  /** Never fails: a later sweep deletes what cannot be deleted now. @param pictures whose rows are deleting. */
  add(pictures: readonly PictureKey[]): void;
}

/** Pictures that may wait; when the storage is slow, the next sweep finds the others by their rows. */
const MAX_WAITING = 1_000;

/** Clears what has gathered together: while one batch is deleted, the next one forms, and costs one commit. */
export function createClearer(
  parts: Pick<PictureParts, 'storage' | 'database' | 'underWay' | 'logger'>,
): Clearer {
  let waiting: PictureKey[] = [];
  let clearing = false;

  async function clear(): Promise<void> {
    clearing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await clearPictures(parts, batch);
    }
    clearing = false;
  }

  return {
    add(pictures) {
      waiting.push(...pictures.slice(0, MAX_WAITING - waiting.length));
      if (!clearing && waiting.length > 0) {
        void parts.underWay.track(clear());
      }
    },
  };
}
