import { join } from 'node:path';
import { startFlags } from '../../test/support/start-flags.ts';
import { PEERS } from '../support/install-peers.ts';
import { type RunningServer, runServer } from '../support/run-server.ts';
import { STORE_SCHEMA } from './store-schema.ts';

export type StoreServer = 'bare' | 'parser' | 'portrait' | 'builtin';
export type PeerServer = 'mercurius' | 'apollo';

/** Runs a server that stores uploaded files in a folder, with the flags of `npm start`. */
export function runStoreServer(name: StoreServer, directory: string): Promise<RunningServer> {
  return runServer({ args: [...startFlags(), join(import.meta.dirname, `${name}-server.ts`), directory] });
}

/** Runs a peer that stores uploaded files in a folder, with Node's default flags. */
export function runPeerServer(name: PeerServer, directory: string): Promise<RunningServer> {
  const program = join(PEERS, `${name}-upload-server.mjs`);
  return runServer({ args: [program, STORE_SCHEMA, directory], env: { NODE_ENV: 'production' } });
}
