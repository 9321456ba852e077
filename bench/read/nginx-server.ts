import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../test/support/free-port.ts';
import { isInstalled } from '../support/is-installed.ts';

/** Milliseconds between two attempts to connect to nginx while it starts. */
const RETRY_MS = 20;
const MAX_ATTEMPTS = 250;

/**
 * Runs nginx with one worker process for the files in a folder.
 * @param folder folder for nginx's own files. @param pictures folder of the files.
 * @returns undefined if nginx is not installed.
 */
export async function runNginx(
  folder: string,
  pictures: string,
): Promise<({ readonly port: number } & AsyncDisposable) | undefined> {
  if (!(await isInstalled('nginx', '-v'))) {
    return undefined;
  }
  const port = await findFreePort();
  const config = join(folder, 'nginx.conf');
  await writeFile(
    config,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log; user root;
    events { worker_connections 256; }
    http {
      access_log off; sendfile on; tcp_nopush on; types { image/webp webp; } keepalive_requests 100000000;
      server { listen 127.0.0.1:${port}; location /static/pictures/ { alias ${pictures}/; expires 1y; } }
    }`,
  );
  const nginx = spawn('nginx', ['-c', config, '-e', join(folder, 'error.log')], { stdio: 'ignore' });
  const kill = () => nginx.kill('SIGKILL');
  process.once('exit', kill);
  const exit = once(nginx, 'exit').finally(() => process.off('exit', kill));
  await waitForPort(port);
  return {
    port,
    async [Symbol.asyncDispose]() {
      nginx.kill('SIGTERM');
      await exit;
    },
  };
}

async function waitForPort(port: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) {
        throw error;
      }
      await sleep(RETRY_MS);
    } finally {
      socket.destroy();
    }
  }
}
