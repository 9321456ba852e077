import type { PictureDatabase } from '../database/database.ts';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import type { Imaging } from '../imaging/pool.ts';
import type { PictureStorage } from '../storage/storage.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { DeletionQueue } from './deletion-queue.ts';
import type { PendingWork } from './pending-work.ts';

/** What the steps of a picture's life work with. */
export interface PictureParts {
  readonly database: PictureDatabase;
  readonly storage: PictureStorage;
  readonly imaging: Imaging;
  /** Where files lie while they are being checked. Never served. */
  readonly uploadsDirectory: string;
  /** Pictures whose upload failed while the database did not answer: pending until the next sweep gives them up. */
  readonly pendingCleanup: Set<string>;
  /** Types of pictures that users may upload. */
  readonly acceptedTypes: readonly AcceptedType[];
  /** Uploads, deletions and other work that has to end before the database closes. */
  readonly pendingWork: PendingWork;
  /** Deletes pictures that left a trash. */
  readonly deletionQueue: DeletionQueue;
  /** Pixels of one picture, of any type. */
  readonly maxPixels: number;
  readonly logger: Logger;
}

/** What is needed to clear away what is not needed any more. */
export type UpkeepParts = Omit<
  PictureParts,
  'imaging' | 'acceptedTypes' | 'maxPixels' | 'pendingWork' | 'deletionQueue'
>;
