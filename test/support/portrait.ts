import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { atTestEnd } from './present-test.ts';
import { FOLDER_LOCK } from '../../src/database/sqlite/claim-folder.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface Portrait extends AsyncDisposable {
  readonly url: string;
  /** Of the server's process. */
  readonly pid: number;
  /** Where its database, pictures and uploads lie. */
  readonly folder: string;
  /** Everything that it wrote to standard error so far. */
  log(): string;
  /** Sends a signal and waits for the end. @returns the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Names of the files that are being received or were left there. */
  uploads(): Promise<string[]>;
  /** Paths of the published pictures inside the storage. */
  pictures(): Promise<string[]>;
}

export interface PortraitOptions {
  /** Added to, or put in place of, the defaults. */
  readonly env?: Readonly<Record<string, string>>;
  /** To start again on what an earlier server left; else a new one that is deleted at the end. */
  readonly folder?: string;
  /** To be run by, before the server's own arguments, such as `['prlimit', '--fsize=1000']`. */
  readonly runner?: readonly string[];
}

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');

/** The environment of a server whose files lie in a folder. */
export function environmentFor(folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'data/portrait.db')}`,
    STORAGE_URL: `file:${join(folder, 'pictures')}`,
    UPLOADS_DIR: join(folder, 'uploads'),
  };
}

/** Starts a real server on a free port, in a folder of its own. */
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
    end,
    uploads: async () => (await readdir(join(folder, 'uploads'))).filter((name) => name !== FOLDER_LOCK),
    pictures: () => findPictures(join(folder, 'pictures')),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** Starts a server for the present test alone. */
export async function portraitForTest(options: PortraitOptions = {}): Promise<Portrait> {
  const portrait = await startPortrait(options);
  atTestEnd(() => portrait[Symbol.asyncDispose]());
  return portrait;
}

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
