import { setTimeout as sleep } from 'node:timers/promises';

/** Work on pictures that has to end before the database and the storage are closed. */
export interface WorkUnderWay {
  /** Follows work until it ends, however it ends. @returns the same promise. */
  track<T>(work: Promise<T>): Promise<T>;
  /**
   * Resolves when no work is under way any more, also none that began meanwhile.
   * @param limit milliseconds to wait at most. @returns whether all work has ended.
   */
  ended(limit: number): Promise<boolean>;
}

/** Starts with no work under way. */
export function createWorkUnderWay(): WorkUnderWay {
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
