import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { outputPipe } from '../support/output-pipe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { EXIT_CODE, type Report, type Task } from './log-program.ts';

const PROGRAM = join(import.meta.dirname, 'log-program.ts');
const MIB = 1024 * 1024;
/** More lines than a pipe or a socket buffers: about 2 MB. */
const MANY = 10_000;

interface Line {
  readonly n?: number;
  /** Number of missing lines. Only a notice has it. */
  readonly lines?: number;
}

/** A running program that logs lines on demand. */
interface LogProgram {
  readonly process: ChildProcess;
  run(task: Task): Promise<Report>;
  /** Runs a task that ends the program. @returns its exit code or signal. */
  end(task: Task): Promise<number | string>;
}

function startProgram(stderr: 'pipe' | number, stdout: 'ignore' | number = 'ignore'): LogProgram {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', stdout, stderr, 'ipc'] });
  const exit = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    process: child,
    async run(task) {
      child.send(task);
      const ended = exit.then(([code, signal]) => {
        throw new Error(`The program ended with ${code ?? signal}.`);
      });
      const [report] = await Promise.race([once(child, 'message'), ended]);
      return report as Report;
    },
    async end(task) {
      child.send(task);
      const [code, signal] = await exit;
      return code ?? signal;
    },
  };
}

/** Parses a log. Every line must be complete. */
function parse(text: string): Line[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Expects that the numbers rise by one, except where a notice states how many are missing. */
function expectComplete(lines: readonly Line[], logged: number): void {
  let next = 0;
  for (const { n, lines: missing } of lines) {
    if (missing === undefined) {
      expect(n).toBe(next);
      next += 1;
    } else {
      next += missing;
    }
  }
  expect(next).toBe(logged);
}

const hasNotice = (text: string) => text.includes('Log lines were dropped here');

describe('A log without a reader', () => {
  it.for(['pipe', 'socket'])(
    'into a %s neither blocks the process nor increases its memory',
    async (kind) => {
      const program = startProgram(kind === 'socket' ? 'pipe' : (await outputPipe()).fd);
      program.process.stderr?.pause();
      const before = await program.run({ lines: 1000 });
      const after = await program.run({ lines: 20 * MANY });
      expect(after.logged).toBe(1000 + 20 * MANY);
      expect(after.residentBytes - before.residentBytes).toBeLessThan(32 * MIB);
    },
  );

  it('does not block the process after another process made their shared pipe blocking', async () => {
    const program = startProgram((await outputPipe()).fd);
    expect((await program.run({ lines: MANY, share: true })).logged).toBe(MANY);
  });

  it.for(['pipe', 'socket'])(
    'into a %s is complete once it is read, except for the lines that a notice counts',
    async (kind) => {
      const pipe = await outputPipe();
      const program = startProgram(kind === 'socket' ? 'pipe' : pipe.fd);
      program.process.stderr?.pause();
      await program.run({ lines: MANY });
      const text = kind === 'socket' ? readAll(program.process) : pipe.read();
      await expect.poll(() => hasNotice(text())).toBe(true);
      await program.run({ lines: 10 });
      const { logged } = await program.run({ lines: 0 });
      await expect.poll(() => text().endsWith('\n') && text().includes(`"n":${logged - 1},`)).toBe(true);
      const lines = parse(text());
      expectComplete(lines, logged);
      expect(lines.filter(({ lines: missing }) => missing !== undefined)).toHaveLength(1);
      // The pipe buffers 64 KiB or more, and the process keeps 1 MiB.
      expect(lines.length).toBeGreaterThan(4000);
    },
  );

  it.for<NonNullable<Task['end']>>(['exit', 'disconnect'])(
    'does not keep a process from ending: %s',
    async (end) => {
      const program = startProgram((await outputPipe()).fd);
      expect(await program.end({ lines: MANY, end })).toBe(EXIT_CODE);
    },
  );
});

describe('A log that is read', () => {
  it.for<NonNullable<Task['end']>>(['exit', 'disconnect'])(
    'has every line that the process wrote before it ended: %s',
    async (end) => {
      const pipe = await outputPipe();
      const program = startProgram(pipe.fd);
      const text = pipe.read();
      expect(await program.end({ lines: 5000, end })).toBe(EXIT_CODE);
      await expect.poll(() => text().includes('"n":4999,') && text().endsWith('\n')).toBe(true);
      expectComplete(parse(text()), 5000);
    },
  );

  it('has the last line of a process that is killed right after writing it', async () => {
    const pipe = await outputPipe();
    const text = pipe.read();
    expect(await startProgram(pipe.fd).end({ lines: 10, end: 'kill' })).toBe('SIGKILL');
    await expect.poll(() => text().endsWith('\n')).toBe(true);
    expectComplete(parse(text()), 10);
  });
});

describe('A log whose reader has disappeared', () => {
  it('counts the lines until another reader opens the pipe', async () => {
    const pipe = await outputPipe();
    const program = startProgram(pipe.fd);
    await program.run({ lines: 0 });
    pipe.close();
    await program.run({ lines: 100 });
    pipe.reopen();
    const text = pipe.read();
    await program.run({ lines: 1 });
    await expect.poll(() => text().includes('"n":100,')).toBe(true);
    expect(parse(text())).toEqual([
      expect.objectContaining({ lines: 100 }),
      expect.objectContaining({ n: 100 }),
    ]);
  });

  it('into a socket does not end the process', async () => {
    const program = startProgram('pipe');
    await program.run({ lines: 0 });
    program.process.stderr?.destroy();
    expect((await program.run({ lines: 100 })).logged).toBe(100);
  });
});

it('A log on a full disk does not end the process', async () => {
  const fd = openSync('/dev/full', 'w');
  const program = startProgram(fd);
  closeSync(fd);
  expect(await program.end({ lines: 100, end: 'disconnect' })).toBe(EXIT_CODE);
});

it('A log into a file that a shell opened for both outputs overwrites nothing', async () => {
  const path = join(await temporaryFolder(), 'log');
  const fd = openSync(path, 'w');
  const program = startProgram(fd, fd);
  closeSync(fd);
  await program.run({ lines: 10, print: '{"lines":0}\n' });
  expect(await program.end({ lines: MANY - 10, end: 'disconnect' })).toBe(EXIT_CODE);
  const lines = parse(await readFile(path, 'utf8'));
  expect(lines.findIndex(({ n }) => n === undefined)).toBe(10);
  expectComplete(lines, MANY);
});

function readAll({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  stderr?.resume();
  return () => text;
}
