import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { FOLDER_LOCK } from '../../src/database/sqlite/claim-folder.ts';
import { atTestEnd } from './current-test.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface Portrait extends AsyncDisposable {
  readonly url: string;
  /** ID of the server's process. */
  readonly pid: number;
  /** Folder with the server's database, pictures and uploads. */
  readonly folder: string;
  /** Returns everything that the server has written to standard error. */
  log(): string;
  /** Returns the same without the audit lines of changes. */
  logWithoutAudit(): string;
  /** Sends a signal and waits until the server exits. @returns the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Returns the names of files in the folder for uploads: current uploads and leftovers. */
  uploads(): Promise<string[]>;
  /** Returns the paths of the published pictures in the storage. */
  pictures(): Promise<string[]>;
}

export interface PortraitOptions {
  /** Variables that extend or override the defaults. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of an earlier server. Default: a new folder, which is deleted at the end. */
  readonly folder?: string;
  /** Command prefix for the server, such as `['prlimit', '--fsize=1000']`. */
  readonly runner?: readonly string[];
}

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');

/** Returns the environment of a server that keeps its files in a folder. */
export function environmentFor(folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'data/portrait.db')}`,
    STORAGE_URL: `file:${join(folder, 'pictures')}`,
    UPLOADS_DIR: join(folder, 'uploads'),
  };
}

/** Starts a real server on a free port, by default in a new folder. */
export async function startPortrait(options: PortraitOptions = {}): Promise<Portrait> {
  const own = options.folder === undefined ? await makeTemporaryFolder() : undefined;
  const folder = options.folder ?? (own?.path as string);
  const [command, ...args] = [...(options.runner ?? []), process.execPath, MAIN];
  const server = spawn(command as string, args, {
    cwd: folder,
    env: { ...environmentFor(folder), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const exit = once(server, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const url = await Promise.race([
    readUrl(server),
    exit.then((code) => {
      throw new Error(`The server ended with ${code} before it was ready:\n${log}`);
    }),
  ]).catch(async (error) => {
    await own?.[Symbol.asyncDispose]();
    throw error;
  });
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    return await exit;
  };
  return {
    url,
    pid: server.pid as number,
    folder,
    log: () => log,
    logWithoutAudit: () => log.replace(/^.*"audit":true.*\n/gm, ''),
    end,
    uploads: async () => (await readdir(join(folder, 'uploads'))).filter((name) => name !== FOLDER_LOCK),
    pictures: () => findPictures(join(folder, 'pictures')),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** Starts a server for the current test. */
export async function portraitForTest(options: PortraitOptions = {}): Promise<Portrait> {
  const portrait = await startPortrait(options);
  atTestEnd(() => portrait[Symbol.asyncDispose]());
  return portrait;
}

/** Returns the paths of the published pictures below a folder, in sorted order. */
export async function findPictures(root: string): Promise<string[]> {
  const paths = await readdir(root, { recursive: true }).catch(() => []);
  return paths.filter((path) => /^..\/..\/pic_[0-9a-f]{32}$/.test(path)).sort();
}

async function readUrl(server: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  for await (const line of createInterface(server.stdout)) {
    const url = /^Portrait is listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) {
      return url;
    }
  }
  return new Promise(() => {});
}
