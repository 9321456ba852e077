import { FairQueue, type FairQueueBounds } from './fair-queue.ts';

/**
 * The queue in which a picture waits. Each picture starts in the quick lane and moves to the slow lane if its work is
 * too much: see docs/decisions/fair-decoding.md.
 */
export type Lane = 'quick' | 'slow';

export interface Scheduled {
  readonly user: string;
  lane: Lane;
}

export interface ScheduleOptions extends FairQueueBounds {
  /** Maximum number of jobs that run at once. */
  readonly places: number;
}

/** Maximum quick jobs that start in a row while a slow job waits, so that quick jobs cannot starve slow jobs. */
const QUICK_IN_A_ROW = 8;

/**
 * Decides which job runs next. Each user has at most one running job, and users take turns. With two or more places,
 * slow jobs leave one place free for quick jobs. Each lane has its own bounds, so slow jobs cannot keep quick jobs out.
 */
export class Schedule<Job extends Scheduled> {
  readonly #places: number;
  readonly #maxSlow: number;
  readonly #lanes: Readonly<Record<Lane, FairQueue<Job>>>;
  readonly #users = new Set<string>();
  #slowRunning = 0;
  #quickInARow = 0;

  constructor({ places, ...bounds }: ScheduleOptions) {
    this.#places = places;
    this.#maxSlow = Math.max(1, places - 1);
    this.#lanes = { quick: new FairQueue(bounds), slow: new FairQueue(bounds) };
  }

  /** Adds a job to its lane. @returns the job that is rejected if the lane is full, which may be the new job. */
  add(job: Job): Job | undefined {
    return this.#lanes[job.lane].add(job.user, job);
  }

  /** Removes a waiting job. @returns false if the job has already started. */
  remove(job: Job): boolean {
    return this.#lanes[job.lane].remove(job.user, job);
  }

  /** Removes and returns the next job that may run, if any. The job occupies a place until `finish` is called. */
  take(): Job | undefined {
    if (this.#users.size >= this.#places) {
      return undefined;
    }
    const slowFirst = this.#quickInARow >= QUICK_IN_A_ROW;
    const job = slowFirst ? (this.#takeSlow() ?? this.#takeQuick()) : (this.#takeQuick() ?? this.#takeSlow());
    if (job !== undefined) {
      this.#users.add(job.user);
    }
    return job;
  }

  /** Frees the place of a job. Call this before the job changes its lane. */
  finish(job: Job): void {
    this.#users.delete(job.user);
    if (job.lane === 'slow') {
      this.#slowRunning -= 1;
    }
  }

  /** Removes and returns all waiting jobs. */
  clear(): Job[] {
    return [...this.#lanes.quick.clear(), ...this.#lanes.slow.clear()];
  }

  #takeQuick(): Job | undefined {
    const job = this.#lanes.quick.take(this.#mayRun);
    if (job !== undefined) {
      this.#quickInARow = this.#lanes.slow.isEmpty ? 0 : this.#quickInARow + 1;
    }
    return job;
  }

  #takeSlow(): Job | undefined {
    if (this.#slowRunning >= this.#maxSlow) {
      return undefined;
    }
    const job = this.#lanes.slow.take(this.#mayRun);
    if (job !== undefined) {
      this.#slowRunning += 1;
      this.#quickInARow = 0;
    }
    return job;
  }

  readonly #mayRun = (user: string): boolean => !this.#users.has(user);
}
