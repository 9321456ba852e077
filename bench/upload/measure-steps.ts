import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const WORKER = join(import.meta.dirname, 'steps-worker.ts');

/** Replaces a picture many times in a new process. @returns the median milliseconds of each step. */
export async function measureSteps(picturePath: string, rounds: number): Promise<[string, number][]> {
  const worker = fork(WORKER, [picturePath, String(rounds)]);
  const [medians] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(() => {
      throw new Error('The process that measures the steps ended.');
    }),
  ]);
  await once(worker, 'exit');
  return medians as [string, number][];
}
