/** Clocks in milliseconds. */
export interface Clocks {
  /** Unix time, which an operator can set while the server runs. */
  readonly wall: () => number;
  /** Time since an arbitrary moment. It never jumps. */
  readonly monotonic: () => number;
}

export const SYSTEM_CLOCKS: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

const DAY_MS = 24 * 60 * 60 * 1000;
/** Minimum milliseconds of a jump. A smaller jump shortens the time of pictures in the trash by less than this. */
const JUMP_MS = DAY_MS;
/** Milliseconds without another jump after which the clock is trusted again. */
const DISTRUST_MS = DAY_MS;

/**
 * Detects jumps of the wall clock, by comparing it with the monotonic clock.
 * @param onJump called with the milliseconds of a jump, below 0 if the clock was set back.
 * @returns a function that compares the clocks and returns whether the wall clock can be trusted.
 */
export function watchClock({ wall, monotonic }: Clocks, onJump: (by: number) => void): () => boolean {
  let offset = wall() - monotonic();
  let distrustedUntil = Number.NEGATIVE_INFINITY;
  return () => {
    const jump = wall() - monotonic() - offset;
    offset += jump;
    if (Math.abs(jump) > JUMP_MS) {
      distrustedUntil = monotonic() + DISTRUST_MS;
      onJump(jump);
    }
    return monotonic() >= distrustedUntil;
  };
}
