export interface FairQueueBounds {
  /** Maximum number of waiting jobs of one user. */
  readonly maxPerUser: number;
  /** Maximum number of waiting jobs of all users together. */
  readonly maxTotal: number;
}

/** Queues jobs by user. Users take turns, and the jobs of one user keep their order. */
export class FairQueue<Job> {
  readonly #bounds: FairQueueBounds;
  /** Waiting jobs by user, in the order of the users' turns. Each user has at least one job. */
  readonly #jobs = new Map<string, Job[]>();
  #total = 0;

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.#total === 0;
  }

  /**
   * Adds a job behind the other jobs of its user. Rejects the job if its user already has `maxPerUser` jobs. A full
   * queue also rejects the job if its user would have at least as many jobs as every other user. Otherwise, a full
   * queue evicts the newest job of the user with the most jobs, so that a few users cannot keep others out.
   * @returns the rejected or evicted job, or undefined.
   */
  add(user: string, job: Job): Job | undefined {
    const own = this.#jobs.get(user) ?? [];
    if (own.length >= this.#bounds.maxPerUser) {
      return job;
    }
    let evicted: Job | undefined;
    if (this.#total >= this.#bounds.maxTotal) {
      const [largestUser, largest] = this.#largest();
      if (largestUser === undefined || own.length + 1 >= largest.length) {
        return job;
      }
      evicted = largest.at(-1);
      this.#drop(largestUser, largest.length - 1);
    }
    this.#jobs.set(user, own);
    own.push(job);
    this.#total += 1;
    return evicted;
  }

  /**
   * Removes and returns the first job of the next user that `mayRun` accepts. Moves that user to the end of the order.
   */
  take(mayRun: (user: string) => boolean): Job | undefined {
    // Bounded by the number of decoders, because `mayRun` rejects only users with a picture in a decoder.
    for (const [user, jobs] of this.#jobs) {
      if (mayRun(user)) {
        const [job] = jobs;
        this.#drop(user, 0);
        if (this.#jobs.delete(user)) {
          this.#jobs.set(user, jobs);
        }
        return job;
      }
    }
    return undefined;
  }

  /** Removes a job. @returns false if the job was not in the queue. */
  remove(user: string, job: Job): boolean {
    const index = this.#jobs.get(user)?.indexOf(job) ?? -1;
    if (index >= 0) {
      this.#drop(user, index);
    }
    return index >= 0;
  }

  /** Removes and returns all jobs. */
  clear(): Job[] {
    const jobs = [...this.#jobs.values()].flat();
    this.#jobs.clear();
    this.#total = 0;
    return jobs;
  }

  #drop(user: string, index: number): void {
    const jobs = this.#jobs.get(user);
    jobs?.splice(index, 1);
    this.#total -= 1;
    if (jobs?.length === 0) {
      this.#jobs.delete(user);
    }
  }

  /** Returns the user with the most jobs, and these jobs. Checks at most `maxTotal` users. */
  #largest(): [user: string | undefined, jobs: readonly Job[]] {
    let found: [string | undefined, readonly Job[]] = [undefined, []];
    for (const [user, jobs] of this.#jobs) {
      if (jobs.length > found[1].length) {
        found = [user, jobs];
      }
    }
    return found;
  }
}
