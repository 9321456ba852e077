import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startFlags } from '../../test/support/start-flags.ts';
import { type RunningServer, runServer } from './run-server.ts';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Runs Portrait as `npm start` does, with all of its files in a folder. Like the bare pipeline, it has a decoder for
 * each core. That is also the default for up to four cores.
 * @param root folder of Portrait's sources.
 */
export function runPortrait(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  root = ROOT,
): Promise<RunningServer> {
  return runServer({
    args: [...startFlags(root), join(root, 'src/boot.mjs')],
    cwd: folder,
    env: {
      PORT: '0',
      DATABASE_URL: `file:${join(folder, 'data/portrait.db')}`,
      STORAGE_URL: `file:${join(folder, 'pictures')}`,
      UPLOADS_DIR: join(folder, 'uploads'),
      IMAGE_WORKERS: String(Math.min(availableParallelism(), 64)),
      ...env,
    },
  });
}
