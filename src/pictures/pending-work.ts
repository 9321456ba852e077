import { setTimeout as sleep } from 'node:timers/promises';

/** Work on pictures that must end before the database and the storage are closed. */
export interface PendingWork {
  /** Tracks work until it ends, whether it succeeds or fails. @returns the same promise. */
  track<T>(work: Promise<T>): Promise<T>;
  /**
   * Resolves when all work has ended, including work that begins during the wait, or after a time limit.
   * @param limit in milliseconds. @returns whether all work has ended.
   */
  ended(limit: number): Promise<boolean>;
}

/** Creates an empty tracker. */
export function createPendingWork(): PendingWork {
  const running = new Set<Promise<unknown>>();

  async function allEnded(): Promise<boolean> {
    while (running.size > 0) {
      await Promise.allSettled(running);
    }
    return true;
  }

  return {
    track(work) {
      running.add(work);
      const remove = () => running.delete(work);
      work.then(remove, remove);
      return work;
    },

    ended: (limit) => Promise.race([allEnded(), sleep(limit, false, { ref: false })]),
  };
}
