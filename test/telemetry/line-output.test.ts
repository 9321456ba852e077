import { readSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openLineOutput } from '../../src/telemetry/line-output.ts';
import { outputPipe } from '../support/output-pipe.ts';

it('A line that was cut off, because its reader went away, does not run into the next', async () => {
  const pipe = await outputPipe();
  const output = openLineOutput({ fd: pipe.openWriter(), describeDrop: (lines) => `${lines} missing\n` });
  const cutOff = `${'x'.repeat(100_000)}\n`;
  output.write(cutOff);
  pipe.close();
  output.flush(0);
  const fd = pipe.reopen();
  output.write('next\n');
  // What the pipe took of the line is still there. It leaves no room for more.
  const taken = readSync(fd, Buffer.alloc(100_000));
  expect(taken).toBeLessThan(cutOff.length);
  output.write('last\n');
  output.flush(0);
  const rest = Buffer.alloc(1000);
  expect(rest.toString('utf8', 0, readSync(fd, rest))).toBe('\n1 missing\nnext\nlast\n');
});
