import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { environmentFor } from './portrait.ts';

export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** To be run by, as in PortraitOptions. */
  readonly runner?: readonly string[];
}

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');
/** Milliseconds; a server that should not have started would never end. */
const TIMEOUT = 20_000;

/** Runs a command of Portrait, such as `reconcile`, on a server's folder, and waits for its end. */
export function runCommand(
  folder: string,
  args: readonly string[],
  { env, runner = [] }: CommandOptions = {},
): Promise<CommandOutcome> {
  const [command, ...rest] = [...runner, process.execPath, MAIN, ...args];
  const options = { cwd: folder, env: { ...environmentFor(folder), ...env }, timeout: TIMEOUT };
  return new Promise((resolve) => {
    execFile(command as string, rest, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}
