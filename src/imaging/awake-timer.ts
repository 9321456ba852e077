/** Milliseconds between two ticks: the precision of every time limit, and the most that a suspension takes from one. */
const TICK_MS = 500;

/**
 * Calls back after this process has been awake for a number of milliseconds, rounded up to whole ticks.
 * A suspension (SIGSTOP, a paused virtual machine) counts as one tick at most: Node starts each interval when the
 * tick before it has run, and never makes up for ticks that it missed.
 * @returns a function that cancels the call.
 */
export function afterAwake(milliseconds: number, callback: () => void): () => void {
  let ticksLeft = Math.ceil(milliseconds / TICK_MS);
  const timer = setInterval(() => {
    ticksLeft -= 1;
    if (ticksLeft <= 0) {
      clearInterval(timer);
      callback();
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}
