/** Milliseconds between two ticks. This is also the precision of the time limits. */
const TICK_MS = 500;

/**
 * Calls a function after this process has been awake for a number of milliseconds, rounded up to whole ticks. A
 * suspension (SIGSTOP, a paused virtual machine) counts as one tick at most. Node starts each interval when the
 * previous tick has run, and never makes up for missed ticks.
 * @returns a function that cancels the timer.
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
