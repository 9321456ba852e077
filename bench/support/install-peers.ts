import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { print } from './print.ts';

/** Folder of the peers, which have their own lockfile, so that Portrait never depends on them. */
export const PEERS = join(import.meta.dirname, '../peers');

/** Installs the peers, unless the installed ones match the lockfile. */
export async function installPeers(): Promise<void> {
  const [installed, locked] = await Promise.all(
    // npm writes the first file at the end of an installation.
    ['node_modules/.package-lock.json', 'package-lock.json'].map(async (name) =>
      stat(join(PEERS, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  if ((installed ?? 0) < (locked ?? 0)) {
    print('Installing the peers in bench/peers');
    await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: PEERS });
  }
}
