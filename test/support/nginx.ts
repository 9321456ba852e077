import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { findFreePort } from './free-port.ts';
import { childrenOf } from './processes.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { openWire } from './wire.ts';

export interface Nginx extends AsyncDisposable {
  readonly url: string;
  /** Returns the access log so far. */
  accessLog(): Promise<string>;
  errorLog(): Promise<string>;
  /**
   * Marks these upstreams as `down`, and all others as available. Resolves when the worker processes with the old
   * configuration have ended.
   */
  markDown(upstreams: readonly number[]): Promise<void>;
}

export interface NginxOptions {
  /** Port of nginx on this machine. Default: a free port. */
  readonly port?: number;
  /** Ports of the instances on this machine. */
  readonly upstreams: readonly number[];
  /** Folder of the pictures. None if they are stored in a bucket. */
  readonly pictures?: string;
  /** Changes the configuration as an operator might. */
  readonly change?: (config: string) => string;
  /** Additional directives at the `http` level. */
  readonly http?: string;
}

const CONFIG = join(import.meta.dirname, '../../deploy/nginx.conf');

/** Starts a real nginx with deploy/nginx.conf. Replaces only addresses and paths. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = await makeTemporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const port = options.port ?? (await findFreePort());
  const config = await readFile(CONFIG, 'utf8');
  const configure = (down: readonly number[]) => {
    const server = (upstream: number) =>
      `server 127.0.0.1:${upstream}$1${down.includes(upstream) ? ' down' : ''};`;
    const change = options.change ?? ((unchanged) => unchanged);
    return writeFile(
      at('portrait.conf'),
      change(
        config
          .replace(
            /server portrait-1:4000(.*);\s+server portrait-2:4000.*;/,
            options.upstreams.map(server).join(' '),
          )
          .replace(/listen (80|443)\b/g, `listen 127.0.0.1:${port}`)
          .replaceAll('/var/lib/portrait/pictures', options.pictures ?? at('no-pictures'))
          .replaceAll('/var/log/nginx/access.log', at('access.log'))
          .replaceAll('/var/cache/portrait', at('cache')),
      ),
    );
  };
  await mkdir(at('temp'));
  await configure([]);
  await writeFile(at('nginx.conf'), mainConfig(at, options.http ?? ''));
  const nginx = spawn('nginx', ['-p', folder.path, '-c', at('nginx.conf'), '-e', at('error.log')], {
    stdio: 'inherit',
  });
  const ended = once(nginx, 'exit');
  const errorLog = () => readFile(at('error.log'), 'utf8');
  const url = `http://127.0.0.1:${port}`;
  while (!(await accepts(url))) {
    if (nginx.exitCode !== null) {
      throw new Error(`nginx did not start:\n${await errorLog()}`);
    }
  }
  return {
    url,
    accessLog: () => readFile(at('access.log'), 'utf8'),
    errorLog,
    async markDown(upstreams) {
      const master = nginx.pid as number;
      const before = await childrenOf(master);
      await configure(upstreams);
      nginx.kill('SIGHUP');
      await vi.waitUntil(async () => (await childrenOf(master)).every((child) => !before.includes(child)), {
        timeout: 30_000,
      });
    },
    async [Symbol.asyncDispose]() {
      nginx.kill('SIGTERM');
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

function mainConfig(at: (name: string) => string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    pid ${at('nginx.pid')};
    worker_processes 2;
    events { worker_connections 512; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${at('temp')}/${name};`).join('\n')}
      ${http}
      include ${at('portrait.conf')};
    }`;
}

async function accepts(url: string): Promise<boolean> {
  try {
    (await openWire(url))[Symbol.dispose]();
    return true;
  } catch {
    // Wait, so that this process can also notice when nginx exits.
    await new Promise((resolve) => setTimeout(resolve, 10));
    return false;
  }
}
