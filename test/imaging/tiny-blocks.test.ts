import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Report } from './tiny-blocks-program.ts';

const PROGRAM = join(import.meta.dirname, 'tiny-blocks-program.ts');
/** Megabytes. Node.js takes about 10, and an object for each of two million blocks takes hundreds. */
const MAX_HEAP = 32;

test('the pixels of pictures in millions of tiny blocks are found in little memory', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--max-old-space-size=${MAX_HEAP}`,
    PROGRAM,
  ]);
  expect(JSON.parse(stdout)).toEqual({ gif: true, png: true, repaired: true } satisfies Report);
});
