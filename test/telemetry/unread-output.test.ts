import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { outputPipe } from '../support/output-pipe.ts';
import { environmentFor, portraitForTest } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');

interface Outputs {
  readonly stdout?: number;
  readonly stderr?: number;
}

/** Starts a server with outputs that the test provides. */
function startServer(
  folder: string,
  env: Record<string, string>,
  { stdout, stderr }: Outputs,
): { process: ChildProcess; exit: Promise<number | string> } {
  const child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { ...environmentFor(folder), ...env },
    stdio: ['ignore', stdout ?? 'ignore', stderr ?? 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { process: child, exit: once(child, 'exit').then(([code, signal]) => code ?? signal) };
}

async function statusOf(url: string): Promise<number | undefined> {
  const response = await fetch(url).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status;
}

it('A server whose log does not fit into its pipe starts, serves and stops', async () => {
  const [folder, pipe, port] = [await temporaryFolder(), await outputPipe(), await findFreePort()];
  const url = `http://127.0.0.1:${port}`;
  pipe.fill();
  const server = startServer(folder, { PORT: `${port}` }, { stderr: pipe.fd });
  await expect.poll(() => statusOf(`${url}/ready`)).toBe(200);
  const uploads = join(folder, 'uploads');
  for (let outage = 0; outage < 5; outage += 1) {
    // Makes the server log a line.
    await rename(uploads, `${uploads}-away`);
    expect(await statusOf(`${url}/ready`)).toBe(503);
    await rename(`${uploads}-away`, uploads);
    expect(await statusOf(`${url}/ready`)).toBe(200);
  }
  const text = pipe.read();
  await expect.poll(() => text().match(/"Ready again/g)).toHaveLength(5);
  server.process.kill('SIGTERM');
  expect(await server.exit).toBe(0);
});

it('A server that cannot start exits, even if its message does not fit into the pipe', async () => {
  const pipe = await outputPipe();
  pipe.fill();
  const { exit } = startServer(await temporaryFolder(), { PORT: 'x' }, { stderr: pipe.fd });
  expect(await exit).toBe(1);
});

it('A server keeps serving after the readers of both its outputs have disappeared', async () => {
  const [folder, stdout, stderr, port] = [
    await temporaryFolder(),
    await outputPipe(),
    await outputPipe(),
    await findFreePort(),
  ];
  const server = startServer(folder, { PORT: `${port}` }, { stdout: stdout.fd, stderr: stderr.fd });
  stdout.close();
  stderr.close();
  await expect.poll(() => statusOf(`http://127.0.0.1:${port}/ready`)).toBe(200);
  await rename(join(folder, 'uploads'), join(folder, 'away'));
  expect(await statusOf(`http://127.0.0.1:${port}/ready`)).toBe(503);
  expect(await statusOf(`http://127.0.0.1:${port}/health`)).toBe(200);
  server.process.kill('SIGTERM');
  expect(await server.exit).toBe(0);
});

it('A crash of the server and a warning of Node.js are logged', async () => {
  const hook = `
    process.once("SIGUSR2", () => {
      process.emitWarning("old API");
      process.once("SIGUSR2", () => { throw new Error("a bug") });
    });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
  const server = await portraitForTest({ env });
  process.kill(server.pid, 'SIGUSR2');
  await expect.poll(() => server.log()).toContain('"msg":"Node.js emitted a warning"');
  expect(await server.end('SIGUSR2')).toBe(1);
  const messages = () =>
    server
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).err.message);
  // The process may end before its output has been read.
  await expect.poll(messages).toEqual(['old API', 'a bug']);
});
