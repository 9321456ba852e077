import { residentBytes } from '../support/process-usage.ts';

const SAMPLE_MS = 10;

/** Returns the peak of a process's resident memory in bytes while `run` is under way, sampled every 10 ms. */
export async function peakResidentBytes(pid: number, run: () => Promise<void>): Promise<number> {
  let peak = residentBytes(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid));
  }, SAMPLE_MS);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, residentBytes(pid));
}
