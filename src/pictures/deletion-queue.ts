import type { PictureKey } from '../database/database.ts';

/** Deletes pictures that left a trash, in the background. */
export interface DeletionQueue {
  /** Adds pictures whose rows are `deleting`. Never fails: if a picture cannot be deleted now, a later sweep does it. */
  add(pictures: readonly PictureKey[]): void;
  /** Deletes waiting pictures at once, and from now on each added one. */
  flush(): void;
}
