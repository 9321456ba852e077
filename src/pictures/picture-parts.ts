import type { PictureDatabase } from '../database/database.ts';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import type { Imaging } from '../imaging/pool.ts';
import type { PictureStorage } from '../storage/storage.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { DeletionQueue } from './deletion-queue.ts';
import type { PendingWork } from './pending-work.ts';
import type { RunningUploads } from './running-uploads.ts';

/** Dependencies of the operations on pictures. */
export interface PictureParts {
  readonly database: PictureDatabase;
  readonly storage: PictureStorage;
  readonly imaging: Imaging;
  /** Folder for files that are being checked. Never served. */
  readonly uploadsDirectory: string;
  /** Ids of pictures whose upload failed while the database was unavailable. The next sweep abandons them. */
  readonly pendingCleanup: Set<string>;
  /** Types of pictures that users may upload. */
  readonly acceptedTypes: readonly AcceptedType[];
  /** Uploads, deletions and other work that must end before the database is closed. */
  readonly pendingWork: PendingWork;
  /** Uploads in progress, so that the deletion of a user can end them. */
  readonly runningUploads: RunningUploads;
  /** Deletes pictures after they left the trash. */
  readonly deletionQueue: DeletionQueue;
  /** Maximum number of pixels of a picture. Some types have a lower limit. */
  readonly maxPixels: number;
  readonly logger: Logger;
}

/** Dependencies of the janitor and of the cleanup at start-up. */
export type UpkeepParts = Omit<
  PictureParts,
  'imaging' | 'acceptedTypes' | 'maxPixels' | 'pendingWork' | 'runningUploads' | 'deletionQueue'
>;
