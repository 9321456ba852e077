import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/telemetry/progress.ts';

/** Returns the text that a command writes when its progress takes these steps, on a clock that the test sets. */
function progressText(
  steps: readonly (readonly [seconds: number, done: number])[],
  total: number,
  isTTY: boolean,
) {
  let written = '';
  let clock = 0;
  const stream = {
    isTTY,
    write(text: string) {
      written += text;
      return true;
    },
  };
  const onProgress = createProgress('pictures', stream, () => clock);
  for (const [seconds, done] of steps) {
    clock = seconds * 1000;
    onProgress(done, total);
  }
  return written;
}

describe('The progress of a command', () => {
  it('is a bar on a terminal, redrawn in place, with the remaining time', () => {
    const written = progressText(
      [
        [0, 0],
        [10, 50],
        [20, 100],
      ],
      100,
      true,
    );
    expect(written.split('\r')).toEqual([
      '',
      '[..............................] 0 % of 100 pictures\u001b[K',
      '[###############...............] 50 % of 100 pictures, 10 s left\u001b[K',
      '[##############################] 100 % of 100 pictures\u001b[K\n',
    ]);
  });

  it('is a line for each tenth without a terminal, and estimates the time from the steps of this run', () => {
    expect(
      progressText(
        [
          [0, 600],
          [60, 640],
          [120, 690],
          [180, 700],
          [900, 1000],
        ],
        1000,
        false,
      ),
    ).toBe('60 % of 1000 pictures\n70 % of 1000 pictures, 9 min left\n100 % of 1000 pictures\n');
  });

  it('of nothing is complete at once', () => {
    expect(progressText([[0, 0]], 0, false)).toBe('100 % of 0 pictures\n');
  });
});
