import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atTestEnd } from './present-test.ts';

/** Mounts that only those see who are let in, for which nobody has to be root. */
export interface Mounts {
  /** For a server that is to be in there. */
  readonly runner: readonly string[];
  /** A path as it is seen from in there. */
  inside(path: string): string;
  /** Runs a shell script in there, which may mount; its arguments are `$1` and so on. */
  run(script: string, ...args: string[]): Promise<void>;
}

/** Makes mounts for the present test alone. They stay, however often a server is started in there. */
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

/** Makes a folder or file one that can be read and not written, even by root, and back again. */
export const READ_ONLY = {
  begin: 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"',
  end: 'umount "$1"',
};
