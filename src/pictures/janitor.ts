import type { PictureParts } from './picture-parts.ts';
import { deletePicture } from './remove-picture.ts';

/** How long a replaced or removed picture can be restored. */
export const TRASH_MS = 7 * 24 * 60 * 60 * 1000;

const SWEEP_EVERY_MS = 60 * 60 * 1000;
const PORTION = 100;

type JanitorParts = Pick<PictureParts, 'database' | 'storage' | 'logger'>;

/**
 * Deletes what has been in the trash for {@link TRASH_MS}, and what an earlier deletion could not finish.
 * @returns how many pictures are gone.
 */
export async function sweep(parts: JanitorParts, now: Date): Promise<number> {
  let deleted = 0;
  for (const picture of await parts.database.findUnfinished('deleting')) {
    await deletePicture(parts, picture);
    deleted += 1;
  }
  const trashedBefore = new Date(now.getTime() - TRASH_MS);
  for (;;) {
    const due = await parts.database.beginPurge(trashedBefore, PORTION);
    for (const picture of due) {
      await deletePicture(parts, picture);
    }
    deleted += due.length;
    if (due.length < PORTION) {
      return deleted;
    }
  }
}

/** Sweeps now and every hour. @returns stops it, and resolves when a sweep under way has ended. */
export function startJanitor(parts: JanitorParts): () => Promise<void> {
  let running = Promise.resolve();
  const run = () => {
    running = running.then(async () => {
      try {
        const deleted = await sweep(parts, new Date());
        if (deleted > 0) {
          parts.logger.info({ deleted }, 'The trash was emptied of old pictures');
        }
      } catch (error) {
        parts.logger.error({ err: error }, 'The trash could not be swept; the next sweep tries again');
      }
    });
  };
  run();
  const timer = setInterval(run, SWEEP_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
