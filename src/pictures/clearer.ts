import type { PictureKey } from '../database/database.ts';

/** Deletes pictures that left a trash, while nobody waits for it. */
export interface Clearer {
  /** Never fails: a later sweep deletes what cannot be deleted now. @param pictures whose rows are deleting. */
  add(pictures: readonly PictureKey[]): void;
  /** Deletes at once what is waiting, and from now on whatever is added. */
  hurry(): void;
}
