import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atTestEnd } from './current-test.ts';

/** A mount namespace for the servers of a test. Creating it does not require root. */
export interface Mounts {
  /** Command prefix that runs a server in the namespace. */
  readonly runner: readonly string[];
  /** Converts a path of the namespace to a path that this process can open. */
  inside(path: string): string;
  /** Runs a shell script in the namespace, where it may mount file systems. Its arguments are `$1` and so on. */
  run(script: string, ...args: string[]): Promise<void>;
}

/** Creates a mount namespace for the current test. Its mounts remain when a server in it restarts. */
export async function mountsForTest(): Promise<Mounts> {
  const holder = spawn(
    'unshare',
    ['--user', '--map-root-user', '--mount', 'sh', '-c', 'echo ready && exec sleep infinity'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  atTestEnd(() => {
    holder.kill('SIGKILL');
  });
  await once(holder.stdout, 'data');
  const runner = ['nsenter', `--target=${holder.pid}`, '--user', '--mount', '--preserve-credentials'];
  const [command, ...options] = runner;
  return {
    runner,
    inside: (path) => join(`/proc/${holder.pid}/root`, path),
    async run(script, ...args) {
      await promisify(execFile)(command as string, [...options, 'sh', '-ec', script, 'sh', ...args]);
    },
  };
}

/** Scripts that make a folder or file read-only, even for root, and writable again. */
export const READ_ONLY = {
  begin: 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"',
  end: 'umount "$1"',
};
