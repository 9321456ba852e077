import type { PictureKey } from '../database/database.ts';
import type { DeletionQueue } from './deletion-queue.ts';
import type { PictureParts } from './picture-parts.ts';
import { clearPictures } from './remove-picture.ts';

/** Milliseconds for which the queue collects pictures, so that many share one commit and no response waits. */
const BATCH_DELAY_MS = 100;
/** Maximum number of waiting pictures. If the storage is slow, the next sweep finds the others by their rows. */
const MAX_WAITING = 1_000;

/** Creates an empty queue. */
export function createDeletionQueue(
  parts: Pick<PictureParts, 'storage' | 'database' | 'pendingWork' | 'logger'>,
): DeletionQueue {
  let waiting: PictureKey[] = [];
  let clearing = false;
  let flushing = false;
  let timer: NodeJS.Timeout | undefined;

  async function clear(): Promise<void> {
    clearing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await clearPictures(parts, batch);
    }
    clearing = false;
  }

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    if (!clearing) {
      void parts.pendingWork.track(clear());
    }
  }

  return {
    add(pictures) {
      waiting.push(...pictures.slice(0, MAX_WAITING - waiting.length));
      if (flushing) {
        start();
      } else if (waiting.length > 0) {
        timer ??= setTimeout(start, BATCH_DELAY_MS).unref();
      }
    },
    flush() {
      flushing = true;
      start();
    },
  };
}
