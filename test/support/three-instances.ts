import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type CommandOutcome, runCommand } from './commands.ts';
import { findFreePort } from './free-port.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { type Portrait, startPortrait } from './portrait.ts';
import { startPostgres } from './postgres-server.ts';
import { environmentOfS3, startS3Store } from './s3-store.ts';
import { AUTH_SECRET } from './signed-in.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const INSTANCES = 3;

/** Three instances with one Postgres and one bucket, behind a real nginx, as if each had its own machine. */
export interface ThreeInstances extends AsyncDisposable {
  /** Proxy that clients connect to. */
  readonly nginx: Nginx;
  readonly databaseUrl: string;
  /** URLs of the individual instances. */
  readonly urls: readonly string[];
  /** Sends a signal to an instance and waits until it exits. @returns the exit code, or the signal. */
  end(index: number, signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Restarts an instance that has ended. Resolves when it listens. */
  start(index: number): Promise<void>;
  reconcile(): Promise<CommandOutcome>;
}

/** Starts Postgres, the bucket's store, the instances and nginx. @param env variables of each instance. */
export async function startThreeInstances(
  env: Readonly<Record<string, string>> = {},
): Promise<ThreeInstances> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await makeTemporaryFolder());
  const postgres = started.use(await startPostgres());
  const store = started.use(await startS3Store());
  const nginxPort = await findFreePort();
  const ports = await Promise.all(Array.from({ length: INSTANCES }, findFreePort));
  const shared = {
    DATABASE_URL: postgres.url,
    ...environmentOfS3(store, { prefix: `tests/${randomBytes(8).toString('hex')}` }),
    PUBLIC_URL: `http://127.0.0.1:${nginxPort}`,
    TRUST_PROXY: '127.0.0.1',
    AUTH_SECRET,
    IMAGE_WORKERS: '1',
    ...env,
  };
  const instances = new Map<number, Portrait>();
  started.defer(async () => {
    await Promise.all([...instances.values()].map((instance) => instance[Symbol.asyncDispose]()));
  });
  const start = async (index: number) => {
    const own = { PORT: String(ports[index]), UPLOADS_DIR: join(folder.path, `uploads-${index}`) };
    instances.set(index, await startPortrait({ folder: folder.path, env: { ...shared, ...own } }));
  };
  await Promise.all(ports.map((_port, index) => start(index)));
  const nginx = started.use(await startNginx({ port: nginxPort, upstreams: ports }));
  const all = started.move();
  return {
    nginx,
    databaseUrl: postgres.url,
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    end: (index, signal) => (instances.get(index) as Portrait).end(signal),
    start,
    reconcile: () => runCommand(folder.path, ['reconcile'], { env: shared }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
