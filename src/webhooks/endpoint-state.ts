/** Maximum number of webhooks that this instance sends at once. */
export const MAX_CONCURRENT_ATTEMPTS = 8;
/** The pause doubles with each further failure. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/**
 * Decides how many webhooks may be sent now. After a failure, only one is sent at a time, with growing pauses, until
 * one succeeds. So an unavailable endpoint gets few requests, however many users have events, and the events that are
 * not sent keep their attempts.
 */
export class EndpointState {
  #failures = 0;
  #hasEndpointFailed = false;
  #isGone = false;
  #pausedUntil = 0;
  readonly #firstPause: number;

  /** @param firstPause milliseconds until the first probe after a failure. */
  constructor(firstPause = FIRST_PAUSE_MS) {
    this.#firstPause = firstPause;
  }

  /** @param now time of the monotonic clock, in milliseconds. */
  capacity(running: number, now: number): number {
    if (this.#isGone || this.pause(now) > 0) {
      return 0;
    }
    return (this.#failures === 0 ? MAX_CONCURRENT_ATTEMPTS : 1) - running;
  }

  /** Returns the milliseconds until the next probe, or 0. */
  pause(now: number): number {
    return Math.max(0, this.#pausedUntil - now);
  }

  /** @returns whether the endpoint had failed before. */
  succeeded(): boolean {
    const hadFailed = this.#hasEndpointFailed;
    this.#hasEndpointFailed = false;
    this.#failures = 0;
    this.#pausedUntil = 0;
    return hadFailed;
  }

  /** @returns whether this is the first failure of the endpoint since the last success. */
  failed(now: number): boolean {
    this.outboxFailed(now);
    const isFirst = !this.#hasEndpointFailed;
    this.#hasEndpointFailed = true;
    return isFirst;
  }

  /** Pauses as after a failure of the endpoint, because the outbox cannot record outcomes. */
  outboxFailed(now: number): void {
    // Attempts that began together also fail together. They count as one.
    if (this.pause(now) === 0) {
      this.#failures += 1;
      this.#pausedUntil = now + Math.min(this.#firstPause * 2 ** (this.#failures - 1), MAX_PAUSE_MS);
    }
  }

  /** Sends nothing any more. @returns false if it was gone already. */
  gone(): boolean {
    const isNew = !this.#isGone;
    this.#isGone = true;
    return isNew;
  }
}
