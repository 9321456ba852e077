import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres-server.ts';
import { SECRET, type SeededUser, seedUsers } from '../live/seed-users.ts';
import { type Contender, type Goal, measureRounds, printContenders } from '../support/contender.ts';
import { installPeers, PEERS } from '../support/install-peers.ts';
import { CONNECTIONS, findLoad, type Load } from '../support/load.ts';
import { print } from '../support/print.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { type RunningServer, runServer } from '../support/run-server.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { checkResponses } from './check-responses.ts';
import { GRAPHQL_PATH, type QueryRequest, requestsFor } from './requests.ts';
import { saveUsers } from './sample-users.ts';

const USERS = 100;
const SCHEMA = join(import.meta.dirname, 'schema.graphql');
/** Every limit is on. Only the limit of requests is raised, to its maximum. */
const ENVIRONMENT = {
  AUTH_SECRET: SECRET,
  REQUESTS_PER_MINUTE: '1000000',
  TRUST_PROXY: 'loopback',
  NODE_ENV: 'production',
};

interface Goals {
  readonly ofYoga: number;
  readonly ofApollo?: number;
}

const VIEWER_GOALS: Goals = { ofYoga: 2, ofApollo: 1 };
const USERS_GOALS: Goals = { ofYoga: 1 };

/** Measures how fast Portrait answers queries, compared with GraphQL servers that return the same data from memory. */
export async function benchQuery(): Promise<void> {
  await installPeers();
  const load = await findLoad();
  print(`Loading by ${load.name} with ${CONNECTIONS} connections`);
  await using folder = await makeTemporaryFolder();
  await using postgres = await startPostgres();
  await using portrait = await runSeeded(join(folder.path, 'sqlite'));
  await using onPostgres = await runSeeded(join(folder.path, 'postgres'), { DATABASE_URL: postgres.url });
  const baseline = process.env['QUERY_BASELINE'];
  await using before =
    baseline === undefined ? null : await runSeeded(join(folder.path, 'baseline'), {}, baseline);
  const requests = requestsFor(portrait.users);
  const usersFile = join(folder.path, 'users.json');
  await saveUsers(usersFile, portrait.port, requests.users);
  await using yoga = await runPeer(join(import.meta.dirname, 'yoga-server.ts'), usersFile);
  await using apollo = await runPeer(join(PEERS, 'apollo-server.mjs'), usersFile);
  await using mercurius = await runPeer(join(PEERS, 'mercurius-server.mjs'), usersFile);
  await using jit = await runPeer(join(PEERS, 'mercurius-server.mjs'), usersFile, 'jit');
  const servers = { portrait, onPostgres, before, yoga, apollo, mercurius, jit };
  await compare(load, requests.viewer, servers, VIEWER_GOALS);
  await compare(load, requests.users, servers, USERS_GOALS);
}

interface Servers {
  readonly portrait: RunningServer;
  readonly onPostgres: RunningServer;
  /** Portrait in the checkout that QUERY_BASELINE names. */
  readonly before: RunningServer | null;
  readonly yoga: RunningServer;
  readonly apollo: RunningServer;
  readonly mercurius: RunningServer;
  readonly jit: RunningServer;
}

async function compare(load: Load, request: QueryRequest, servers: Servers, { ofYoga, ofApollo }: Goals) {
  const portrait = contender('Portrait', servers.portrait, request);
  const onPostgres = contender('Portrait, Postgres', servers.onPostgres, request);
  const before = servers.before === null ? [] : [contender('Portrait, baseline', servers.before, request)];
  const yoga = contender('plain Yoga', servers.yoga, request);
  const apollo = contender('Apollo Server', servers.apollo, request);
  const mercurius = contender('Mercurius', servers.mercurius, request);
  const jit = contender('Mercurius with JIT', servers.jit, request);
  const goals: Goal[] = [
    { of: portrait, to: yoga, atLeast: ofYoga },
    { of: portrait, to: apollo, ...(ofApollo === undefined ? {} : { atLeast: ofApollo }) },
    { of: portrait, to: mercurius },
    { of: onPostgres, to: yoga },
    ...before.map((to) => ({ of: portrait, to })),
  ];
  const contenders = [portrait, onPostgres, ...before, yoga, apollo, mercurius, jit];
  await checkResponses(contenders, request);
  await measureRounds(load, contenders);
  await checkResponses(contenders, request);
  printContenders(`query: ${request.name}`, contenders, goals);
}

function contender(name: string, { port, pid }: RunningServer, { headers, body }: QueryRequest): Contender {
  return { name, target: { port, path: GRAPHQL_PATH, headers, body }, pid, perSecond: [], processorUs: [] };
}

/** Runs Portrait, and uploads a picture for each user. */
async function runSeeded(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  root?: string,
): Promise<RunningServer & { readonly users: readonly SeededUser[] }> {
  await mkdir(folder);
  const server = await runPortrait(folder, { ...ENVIRONMENT, ...env }, root);
  return { ...server, users: await seedUsers(server.port, USERS) };
}

function runPeer(program: string, ...args: string[]): Promise<RunningServer> {
  return runServer({ args: [program, SCHEMA, ...args], env: { NODE_ENV: 'production' } });
}
