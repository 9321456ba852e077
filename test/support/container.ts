import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rootCommandLine, userCommandLine } from './chroot.ts';
import type { Image } from './image.ts';
import { childrenOf } from './processes.ts';

const run = promisify(execFile);

/** Exit code and output of a command. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A running image with its own network. Its file system is read-only, except for its volumes. */
export interface Container extends AsyncDisposable {
  /** ID of the container's first process, in the PID namespace of this machine. */
  readonly pid: number;
  log(): string;
  /** Runs a command in the container, by default as the image's user. */
  execute(command: readonly string[], user?: string): Promise<Outcome>;
  /** Runs a program of this machine in the container's network. */
  runInNetwork(command: readonly string[]): Promise<Outcome>;
  /** Stops the container like `docker stop`. @returns its exit code. */
  stop(): Promise<number>;
}

/** Creates the volumes of an image in a folder, with the same owners as in the image. */
export async function makeVolumes(image: Image, folder: string): Promise<void> {
  for (const volume of image.volumes) {
    await mkdir(join(folder, volume, '..'), { recursive: true });
    await run('cp', ['--archive', join(image.root, volume), join(folder, volume)]);
  }
}

/** Starts the image's command. The command may end at once (see {@link runToEnd}). */
function launch(image: Image, volumes: string, environment: Readonly<Record<string, string>>) {
  const mounts = image.volumes.map((target) => ({ source: join(volumes, target), target, writable: true }));
  const inside = { ...image, environment: { ...image.environment, ...environment }, mounts, sealed: true };
  const [command, ...args] = rootCommandLine(inside, image.command);
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

/** Runs an image whose command ends by itself. */
export async function runToEnd(
  image: Image,
  volumes: string,
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { exit, log } = launch(image, volumes, environment);
  return { code: await exit, output: log() };
}

/** Starts an image and waits until Portrait listens. */
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
      outcomeOf([...enter, '--mount', '--pid', '--root', ...userCommandLine({ ...inside, user }, command)]),
    runInNetwork: (command) => outcomeOf([...enter, ...command]),
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
