import type { WriteStream } from 'node:tty';

/** A terminal, a file or a pipe. */
export type ProgressStream = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean };

const BAR_CELLS = 30;
const STEPS_IN_A_FILE = 10;

/**
 * Creates a progress report: a moving bar on a terminal, or a line for each tenth elsewhere.
 * @returns a function to call with the items done so far and in total. The first call sets the starting point.
 */
export function createProgress(
  noun: string,
  stream: ProgressStream,
  now: () => number = performance.now.bind(performance),
): (done: number, total: number) => void {
  let first: { readonly done: number; readonly at: number } | undefined;
  let reported = -1;
  return (done, total) => {
    first ??= { done, at: now() };
    const share = total === 0 ? 1 : done / total;
    const perSecond = ((done - first.done) / (now() - first.at)) * 1000;
    const rest = perSecond > 0 && done < total ? `, ${duration((total - done) / perSecond)} left` : '';
    const line = `${Math.floor(share * 100)} % of ${total} ${noun}${rest}`;
    if (stream.isTTY === true) {
      const bar = '#'.repeat(Math.floor(share * BAR_CELLS)).padEnd(BAR_CELLS, '.');
      // The escape sequence erases the rest of a longer line.
      stream.write(`\r[${bar}] ${line}\u001b[K${done >= total ? '\n' : ''}`);
      return;
    }
    const step = Math.floor(share * STEPS_IN_A_FILE);
    if (step > reported) {
      reported = step;
      stream.write(`${line}\n`);
    }
  };
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
