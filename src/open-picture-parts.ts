import type { Config } from './config/load-config.ts';
import { typesNamed } from './imaging/accepted-types.ts';
import { openImaging } from './imaging/pool.ts';
import type { Stores } from './open-stores.ts';
import { createDeletionQueue } from './pictures/create-deletion-queue.ts';
import { createPendingWork } from './pictures/pending-work.ts';
import type { PictureParts } from './pictures/picture-parts.ts';
import { createRunningUploads } from './pictures/running-uploads.ts';
import { createDecoderOutputLog } from './telemetry/log-decoder-output.ts';
import type { Logger } from './telemetry/logger.ts';

/** Milliseconds that uploads have to clean up after the server has closed their connections. */
const WORK_END_LIMIT_MS = 5_000;

/**
 * Opens the decoders, and everything else that the operations on pictures need besides the stores. Disposal rejects
 * pictures that wait for a decoder, and then waits for running work. Close the stores only afterwards.
 */
export function openPictureParts(
  config: Config,
  { database, storage }: Pick<Stores, 'database' | 'storage'>,
  logger: Logger,
): PictureParts & AsyncDisposable {
  const acceptedTypes = typesNamed(config.ACCEPTED_TYPES);
  const pendingWork = createPendingWork();
  const deletionQueue = createDeletionQueue({ database, storage, pendingWork, logger });
  const imaging = openImaging({
    workers: config.IMAGE_WORKERS,
    acceptedTypes,
    onDeath: ({ error: err, ...facts }) => logger.warn({ err, ...facts }, 'A decoder died'),
    onTimeout: () => logger.warn('A decoder exceeded its time limit and was killed'),
    onUnderestimate: () => logger.info('A picture took longer than estimated; it restarts in the slow lane'),
    onUnresponsive: () => logger.warn('A decoder did not accept a picture and was replaced'),
    onOutput: createDecoderOutputLog(logger),
  });
  return {
    database,
    storage,
    imaging,
    uploadsDirectory: config.UPLOADS_DIR,
    pendingCleanup: new Set(),
    acceptedTypes,
    pendingWork,
    runningUploads: createRunningUploads(),
    deletionQueue,
    maxPixels: config.MAX_PIXELS,
    logger,
    async [Symbol.asyncDispose]() {
      await imaging.close();
      deletionQueue.flush();
      if (!(await pendingWork.ended(WORK_END_LIMIT_MS))) {
        logger.warn('Some uploads or deletions were interrupted; the next start cleans up after them');
      }
    },
  };
}
