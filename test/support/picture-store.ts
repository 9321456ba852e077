import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PictureDatabase } from '../../src/database/database.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { createDeletionQueue } from '../../src/pictures/create-deletion-queue.ts';
import type { DeletionQueue } from '../../src/pictures/deletion-queue.ts';
import { createPendingWork, type PendingWork } from '../../src/pictures/pending-work.ts';
import { createRunningUploads, type RunningUploads } from '../../src/pictures/running-uploads.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { type PictureStorage, picturePath } from '../../src/storage/storage.ts';
import { createLogger, type Logger } from '../../src/telemetry/logger.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { writerOf } from './writers.ts';

/** A real database and a real storage in a temporary folder with a server's layout. */
export interface PictureStore {
  readonly folder: string;
  readonly database: PictureDatabase;
  readonly storage: PictureStorage;
  readonly uploadsDirectory: string;
  readonly pendingCleanup: Set<string>;
  readonly pendingWork: PendingWork;
  readonly runningUploads: RunningUploads;
  readonly deletionQueue: DeletionQueue;
  readonly logger: Logger;
  /** Accepts a picture. Also publishes its files, unless `files` is false. @returns its ID. */
  accept(userId: string, options?: { files: boolean }): Promise<string>;
  /** Accepts, publishes and settles a picture. @returns its ID. */
  makeLive(userId: string): Promise<string>;
}

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:,', dominantColor: '#000000' };

export interface PictureStoreOptions {
  /** Folder of an earlier store. Default: a new folder. */
  readonly folder?: string;
  /** Default: an SQLite database in the folder. */
  readonly database?: PictureDatabase;
}

/** Opens a database and a storage for the current test. */
export async function openPictureStore(options: PictureStoreOptions = {}): Promise<PictureStore> {
  const folder = options.folder ?? (await temporaryFolder());
  const database = options.database ?? openSqliteDatabase(join(folder, 'data/portrait.db'));
  onTestFinished(() => database.close());
  const storage = await openDiskStorage(join(folder, 'pictures'), database.instance);
  const uploadsDirectory = join(folder, 'uploads');
  await mkdir(uploadsDirectory, { recursive: true });

  async function accept(userId: string, { files } = { files: true }): Promise<string> {
    const id = `pic_${randomBytes(16).toString('hex')}`;
    const path = picturePath(id);
    const acceptedAt = new Date();
    await database.accept(
      { id, path, userId, fileName: 'me.jpg', altText: null, acceptedAt },
      writerOf(userId),
    );
    if (files) {
      const staging = await storage.stage(path);
      await writeFile(join(staging.directory, '64.webp'), 'picture');
      await staging.publish();
    }
    return id;
  }

  const logger = createLogger('silent');
  const pendingWork = createPendingWork();
  return {
    folder,
    database,
    storage,
    uploadsDirectory,
    pendingCleanup: new Set(),
    pendingWork,
    runningUploads: createRunningUploads(),
    deletionQueue: createDeletionQueue({ database, storage, pendingWork, logger }),
    logger,
    accept,
    async makeLive(userId) {
      const id = await accept(userId);
      await database.settle(id, userId, DETAILS, new Date());
      return id;
    },
  };
}
