import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PEERS } from './install-peers.ts';
import { isInstalled } from './is-installed.ts';

const run = promisify(execFile);

export const CONNECTIONS = 32;
/** Seconds that a response may take. A machine with other work needs longer than wrk's two seconds. */
const TIMEOUT_SECONDS = 30;
const NEXT_PATHS = join(import.meta.dirname, 'next-paths.lua');
const POST_BODY = join(import.meta.dirname, 'post-body.lua');

/** Paths to request once each. */
export interface PathList {
  /** File with a path on each line. */
  readonly file: string;
  /** Index of the path to request next. After the last path, the first one follows. */
  next: number;
}

export interface Target {
  readonly port: number;
  /** Path of every request. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Body of every request, which makes it a POST. */
  readonly body?: string;
  /** Paths to request instead of `path`. */
  readonly paths?: PathList;
}

export interface Load {
  readonly name: string;
  /** Loads a server. @returns the number of responses, and the seconds they took. */
  send(target: Target, seconds: number): Promise<{ responses: number; seconds: number }>;
}

/** Returns wrk where it is installed, otherwise autocannon. */
export async function findLoad(): Promise<Load> {
  return (await isInstalled('wrk', '-v'))
    ? { name: 'wrk', send: sendByWrk }
    : { name: 'autocannon', send: sendByAutocannon };
}

async function sendByWrk({ port, path, headers, body, paths }: Target, seconds: number) {
  const { stdout } = await run(
    'wrk',
    [
      ...['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, `--timeout=${TIMEOUT_SECONDS}s`],
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      ...(paths === undefined ? [] : ['-s', NEXT_PATHS]),
      ...(body === undefined ? [] : ['-s', POST_BODY]),
      `http://127.0.0.1:${port}${path}`,
    ],
    { env: { ...process.env, BODY: body, PATHS_FILE: paths?.file, FIRST_PATH: String(paths?.next ?? 0) } },
  );
  const [, responses, took] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
  if (responses === undefined || took === undefined || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`The load failed:\n${stdout}`);
  }
  return { responses: Number(responses), seconds: Number(took) };
}

async function sendByAutocannon({ port, path, headers, body, paths }: Target, seconds: number) {
  const url = `http://127.0.0.1:${port}${path}`;
  const { stdout } = await run(process.execPath, [
    join(PEERS, 'autocannon-load.mjs'),
    JSON.stringify({ url, connections: CONNECTIONS, seconds, headers, body, paths }),
  ]);
  const result = JSON.parse(stdout) as { responses: number; seconds: number; failed: number };
  if (result.failed > 0) {
    throw new Error(`The load failed:\n${stdout}`);
  }
  return result;
}
