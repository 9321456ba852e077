import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startFlags } from '../../test/support/start-flags.ts';
import { type RunningServer, runServer } from './run-server.ts';

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');

/**
 * Runs the whole of Portrait as `npm start` does, with all of its files in a folder.
 * It gets a decoder for every core, which is its default up to four, so that it has what the bare pipeline has.
 */
export function runPortrait(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  return runServer({
    args: [...startFlags(), MAIN],
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
