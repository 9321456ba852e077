import type { PictureKey } from '../database/database.ts';

/** Deletes pictures in the background after they left the trash. */
export interface DeletionQueue {
  /** Adds pictures whose rows are `deleting`. Never fails. If a picture cannot be deleted, a later sweep retries. */
  add(pictures: readonly PictureKey[]): void;
  /** Deletes all waiting pictures at once. From now on, added pictures are deleted without a delay. */
  flush(): void;
}
