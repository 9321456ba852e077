import { join } from 'node:path';
import { startFlags } from '../../test/support/start-flags.ts';
import { type RunningServer, runServer } from '../support/run-server.ts';

export type StoreServer = 'bare' | 'parser' | 'portrait' | 'builtin';

/** Runs a server that stores uploaded files in a folder, with the flags of `npm start`. */
export function runStoreServer(name: StoreServer, directory: string): Promise<RunningServer> {
  return runServer({ args: [...startFlags(), join(import.meta.dirname, `${name}-server.ts`), directory] });
}
