import { clearLeftOvers } from './clear-left-overs.ts';
import type { PictureParts } from './picture-parts.ts';
import { clearPictures } from './remove-picture.ts';

/** How long a replaced or removed picture can be restored. */
export const TRASH_MS = 7 * 24 * 60 * 60 * 1000;

const SWEEP_EVERY_MS = 5 * 60 * 1000;
const PORTION = 100;

type JanitorParts = Pick<PictureParts, 'database' | 'storage' | 'uploadsDirectory' | 'logger'>;

/**
 * Deletes what has been in the trash for {@link TRASH_MS}, and what other instances left when they ended.
 * @returns how many pictures of the trash are gone.
 */
export async function sweep(parts: JanitorParts, now: Date): Promise<number> {
  await clearLeftOvers(parts);
  let deleted = 0;
  const trashedBefore = new Date(now.getTime() - TRASH_MS);
  for (;;) {
    const due = await parts.database.beginPurge(trashedBefore, PORTION);
    const cleared = await clearPictures(parts, due);
    deleted += cleared;
    if (due.length < PORTION || cleared < due.length) {
      return deleted;
    }
  }
}

/**
 * Sweeps now and every few minutes, unless another instance is sweeping.
 * @returns stops it, and resolves when a sweep under way has ended.
 */
export function startJanitor(parts: JanitorParts): () => Promise<void> {
  let running = Promise.resolve();
  const run = () => {
    running = running.then(async () => {
      try {
        await parts.database.exclusively(async () => {
          const deleted = await sweep(parts, new Date());
          if (deleted > 0) {
            parts.logger.info({ deleted }, 'The trash was emptied of old pictures');
          }
        });
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
