import { readSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openLineOutput } from '../../src/telemetry/line-output.ts';
import { outputPipe } from '../support/output-pipe.ts';

const describeDrop = (lines: number) => `${lines} missing\n`;

/** Returns the text that can be read from a descriptor right now. At least one byte must be available. */
function readText(fd: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  return buffer.toString('utf8', 0, readSync(fd, buffer));
}

it('A line that was cut off when its reader disappeared does not run into the next', async () => {
  const pipe = await outputPipe();
  const output = openLineOutput({ fd: pipe.openWriter(), describeDrop });
  const cutOff = `${'x'.repeat(100_000)}\n`;
  output.write(cutOff);
  pipe.close();
  output.flush(0);
  const fd = pipe.reopen();
  output.write('next\n');
  // The pipe is still full of the written part of the line.
  expect(readText(fd, 100_000).length).toBeLessThan(cutOff.length);
  output.write('last\n');
  output.flush(0);
  expect(readText(fd, 1000)).toBe('\n1 missing\nnext\nlast\n');
});

it('A reader that catches up in small steps gets one notice in place of the missing lines', async () => {
  const pipe = await outputPipe();
  pipe.close();
  const fd = pipe.reopen();
  const output = openLineOutput({ fd: pipe.openWriter(), describeDrop });
  let written = 0;
  const write = (lines: number) => {
    for (let i = 0; i < lines; i += 1) {
      output.write(`${written} ${'x'.repeat(100)}\n`);
      written += 1;
    }
  };
  write(15_000);
  let text = '';
  while (!text.includes('missing')) {
    text += readText(fd, 8192);
    output.flush(0);
    write(100);
  }
  text += readText(fd, 8192);
  const lines = text.trim().split('\n');
  const notice = lines.findIndex((line) => line.endsWith('missing'));
  expect(lines.slice(0, notice).map((line) => Number.parseInt(line, 10))).toEqual([...Array(notice).keys()]);
  const missing = Number.parseInt(lines[notice] ?? '', 10);
  // If the pipe got a notice whenever it had room, each notice would count few lines and displace others.
  expect(notice + missing).toBeGreaterThan(20_000);
  expect(lines[notice + 1]).toMatch(new RegExp(`^${notice + missing} x+$`));
});
