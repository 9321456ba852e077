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
  /** Command prefix, as in PortraitOptions. */
  readonly runner?: readonly string[];
  /** Milliseconds until the command is killed. A server that starts by mistake would never end. Default: 20 seconds. */
  readonly timeout?: number;
}

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');
const TIMEOUT_MS = 20_000;
/**
 * Time limit of a command that decodes pictures. Decoders yield the processor to all other processes, so they take long
 * while other tests run.
 */
export const DECODING_TIMEOUT_MS = 120_000;

export interface RunningCommand {
  readonly outcome: Promise<CommandOutcome>;
  /** Sends SIGKILL. Resolves when the process has ended. */
  kill(): Promise<void>;
}

/** Runs one of Portrait's commands, such as `reconcile`, on a server's folder. Resolves when it ends. */
export function runCommand(
  folder: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  return startCommand(folder, args, options).outcome;
}

/** Starts a command like {@link runCommand}, but does not wait for its end. */
export function startCommand(
  folder: string,
  args: readonly string[],
  { env, runner = [], timeout = TIMEOUT_MS }: CommandOptions = {},
): RunningCommand {
  const [command, ...rest] = [...runner, process.execPath, MAIN, ...args];
  const options = { cwd: folder, env: { ...environmentFor(folder), ...env }, timeout };
  const { promise, resolve } = Promise.withResolvers<CommandOutcome>();
  const child = execFile(command as string, rest, options, (error, stdout, stderr) => {
    resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
  });
  return {
    outcome: promise,
    async kill() {
      child.kill('SIGKILL');
      await promise;
    },
  };
}
