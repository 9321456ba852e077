import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder } from '../../bench/support/temporary-folder.ts';
import type { Client } from './clients.ts';

/** Time after which a client has failed. Compilers and virtual machines are slow on a busy machine. */
const TIMEOUT_MS = 180_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const run = promisify(execFile);

/** Variables that let Go find the libraries of Debian. */
const GO = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };

/** A request for a client, passed in environment variables. */
export interface ClientRequest {
  readonly ENDPOINT: string;
  readonly TOKEN: string;
  readonly QUERY: string;
  readonly OPERATIONS: string;
  readonly MAP: string;
  /** Path of the file. */
  readonly FILE: string;
}

/** The output of a client. */
export interface ClientResult {
  /** Version of the client, as the client reports it. */
  readonly version: string;
  /** HTTP status that the client shows to its caller, or `-` if it shows none. */
  readonly status: string;
  /** Response that the client shows to its caller. */
  readonly response: GraphQLResponse;
}

interface GraphQLResponse {
  readonly data?: { readonly uploadProfilePicture?: { readonly id: string } } | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/** Returns the first of a client's Debian packages that is not installed. */
export async function missingPackage({ packages = [] }: Client): Promise<string | undefined> {
  for (const name of packages) {
    const { stdout } = await run('dpkg', ['--status', name]).catch(() => ({ stdout: '' }));
    if (!stdout.includes('\nStatus: install ok installed\n')) {
      return name;
    }
  }
  return undefined;
}

/**
 * Runs a client in an empty folder. The client prints its version, the HTTP status, and the body of the response.
 *
 * @param installed folder of `install('clients')`.
 * @throws if the client fails or prints anything else.
 */
export async function runClient(
  { script, command, build }: Client,
  request: ClientRequest,
  installed: string,
): Promise<ClientResult> {
  await using folder = await makeTemporaryFolder();
  const paths = { '{script}': join(installed, script), '{program}': join(folder.path, 'program') };
  const env = {
    ...process.env,
    ...GO,
    ...request,
    PATH: `${join(installed, 'node_modules/.bin')}:${process.env['PATH']}`,
  };
  const execute = ([program = '', ...args]: readonly string[]) =>
    run(
      fill(program, paths),
      args.map((arg) => fill(arg, paths)),
      { cwd: folder.path, env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES },
    );
  if (build !== undefined) {
    await execute(build);
  }
  const { stdout } = await execute(command);
  const [version = '', status = '', ...body] = stdout.split('\n');
  return { version: version.trim(), status: status.trim(), response: JSON.parse(body.join('\n')) };
}

function fill(text: string, paths: Readonly<Record<string, string>>): string {
  return text.replace(/\{\w+\}/g, (name) => paths[name] ?? name);
}
