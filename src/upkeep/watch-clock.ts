/** Both in milliseconds. */
export interface Clocks {
  /** The time of day, which somebody may set. */
  readonly wall: () => number;
  /** The time since some moment, which nobody can set. */
  readonly monotonic: () => number;
}

export const SYSTEM_CLOCKS: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

const DAY_MS = 24 * 60 * 60 * 1000;
/** A smaller jump takes at most that much from the days that the trash is kept. */
const JUMP_MS = DAY_MS;
/** How long the clock has to go on without another jump until it is believed. */
const HOLD_MS = DAY_MS;

/**
 * Tells jumps of the wall clock, by comparing it with the monotonic one since the last call.
 * @param onJump is told by how many milliseconds, below 0 if it went back.
 * @returns whether the wall clock can be believed.
 */
export function watchClock({ wall, monotonic }: Clocks, onJump: (by: number) => void): () => boolean {
  let offset = wall() - monotonic();
  let heldUntil = Number.NEGATIVE_INFINITY;
  return () => {
    const jump = wall() - monotonic() - offset;
    offset += jump;
    if (Math.abs(jump) > JUMP_MS) {
      heldUntil = monotonic() + HOLD_MS;
      onJump(jump);
    }
    return monotonic() >= heldUntil;
  };
}
