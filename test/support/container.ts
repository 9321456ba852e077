import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asUser, enterRoot } from './chroot.ts';
import type { Image } from './image.ts';
import { childrenOf } from './processes.ts';

const run = promisify(execFile);

/** What a command printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** An image that runs with its file system read-only but for its volumes, and a network of its own. */
export interface Container extends AsyncDisposable {
  /** Of the process that is the first inside, as this machine counts. */
  readonly pid: number;
  log(): string;
  /** Runs a command inside, by default as the image's user. */
  execute(command: readonly string[], user?: string): Promise<Outcome>;
  /** Runs a program of this machine in the container's network. */
  fromOutside(command: readonly string[]): Promise<Outcome>;
  /** As `docker stop`. @returns the exit code. */
  stop(): Promise<number>;
}

/** Makes the volumes of an image below a folder, with the owners that the image gives them. */
export async function makeVolumes(image: Image, folder: string): Promise<void> {
  for (const volume of image.volumes) {
    await mkdir(join(folder, volume, '..'), { recursive: true });
    await run('cp', ['--archive', join(image.root, volume), join(folder, volume)]);
  }
}

/** Starts the image's command. It may end at once: see {@link runToEnd}. */
function launch(image: Image, volumes: string, environment: Readonly<Record<string, string>>) {
  const mounts = image.volumes.map((target) => ({ source: join(volumes, target), target, writable: true }));
  const inside = { ...image, environment: { ...image.environment, ...environment }, mounts, sealed: true };
  const [command, ...args] = enterRoot(inside, image.command);
  const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (log.includes('Portrait is listening on')) {
          resolve();
        }
      });
    }
  });
  const exit = once(child, 'close').then(([code]) => code as number);
  return { child, inside, listening, exit, log: () => log };
}

/** Runs an image that is expected to end by itself. */
export async function runToEnd(
  image: Image,
  volumes: string,
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { exit, log } = launch(image, volumes, environment);
  return { code: await exit, output: log() };
}

/** Starts an image and waits until it listens. */
export async function startContainer(
  image: Image,
  volumes: string,
  environment: Readonly<Record<string, string>>,
): Promise<Container> {
  const { child, inside, listening, exit, log } = launch(image, volumes, environment);
  await Promise.race([
    listening,
    exit.then((code) => {
      throw new Error(`The container ended with ${code}:\n${log()}`);
    }),
  ]);
  const [pid] = (await childrenOf(child.pid as number)) as [number];
  const enter = ['nsenter', `--target=${pid}`, '--net'];
  return {
    pid,
    log,
    execute: (command, user = image.user) =>
      outcomeOf([...enter, '--mount', '--pid', '--root', ...asUser({ ...inside, user }, command)]),
    fromOutside: (command) => outcomeOf([...enter, ...command]),
    async stop() {
      process.kill(pid, image.stopSignal);
      return await exit;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(pid, 'SIGKILL');
      }
      await exit;
    },
  };
}

async function outcomeOf([command, ...args]: readonly string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(command as string, args);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
