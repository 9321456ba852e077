import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  /** ID of the server's own process. */
  readonly pid: number;
  /** Milliseconds from spawn until the server reports that it listens. */
  readonly startMs: number;
}

export interface ServerOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const LISTENING = / is listening on http:\/\/127\.0\.0\.1:(\d+)$/;

/**
 * Runs a server with this Node in a new process. Resolves when the server reports that it listens. On disposal, sends
 * SIGTERM and waits until the server exits.
 */
export async function runServer({ args, cwd, env }: ServerOptions): Promise<RunningServer> {
  const spawnedAt = performance.now();
  const server = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  const exit = once(server, 'exit').finally(() => process.off('exit', kill));
  const port = await Promise.race([
    readPort(server),
    exit.then(([code, signal]) => {
      throw new Error(`${args.join(' ')} ended with ${code ?? signal} before it listened.`);
    }),
  ]);
  return {
    port,
    pid: server.pid as number,
    startMs: performance.now() - spawnedAt,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      await exit;
    },
  };
}

async function readPort(server: ChildProcessByStdio<null, Readable, null>): Promise<number> {
  for await (const line of createInterface(server.stdout)) {
    const port = LISTENING.exec(line)?.[1];
    if (port !== undefined) {
      return Number(port);
    }
  }
  return new Promise(() => {});
}
