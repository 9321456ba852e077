import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { makeRoot, PATH, rootCommandLine } from './chroot.ts';
import { type Instruction, parseDockerfile, readDockerIgnore, type Stage, wordsOf } from './dockerfile.ts';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 2 ** 26;
const REPOSITORY = join(import.meta.dirname, '../..');

/** An image, built in a folder by the steps of a Dockerfile. */
export interface Image {
  /** The folder that is the image's `/`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly user: string;
  readonly volumes: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly stopSignal: string;
  readonly labels: readonly string[];
}

/** Builds the repository's Dockerfile in a folder. Requires root. */
export async function buildImage(folder: string): Promise<Image> {
  const stages = parseDockerfile(await readFile(join(REPOSITORY, 'Dockerfile'), 'utf8'));
  const context = join(folder, 'context');
  await makeContext(context);
  const built = new Map<string, Image>();
  let last: Image | undefined;
  for (const [index, stage] of stages.entries()) {
    last = await buildStage(stage, { root: join(folder, `stage-${index}`), context, built });
    built.set(stage.name ?? '', last);
  }
  return last as Image;
}

async function makeContext(context: string): Promise<void> {
  const isSent = readDockerIgnore(await readFile(join(REPOSITORY, '.dockerignore'), 'utf8'));
  await cp(REPOSITORY, context, {
    recursive: true,
    filter: (path) => path === REPOSITORY || isSent(relative(REPOSITORY, path)),
  });
}

interface BuildState {
  readonly root: string;
  readonly context: string;
  readonly built: ReadonlyMap<string, Image>;
}

type MutableImage = { -readonly [Key in keyof Image]: Image[Key] };

async function buildStage(stage: Stage, state: BuildState): Promise<Image> {
  const { root } = state;
  await makeRoot(root);
  const image: MutableImage = {
    root,
    environment: { PATH, HOME: '/root' },
    directory: '/',
    user: 'root',
    volumes: [],
    command: [],
    healthCheck: [],
    stopSignal: '',
    labels: [],
  };
  for (const step of stage.steps) {
    await (STEPS[step.name] ?? unknownStep)(step, image, state);
  }
  return image;
}

function unknownStep({ name }: Instruction): never {
  throw new Error(`The test does not support the Dockerfile instruction ${name}.`);
}

const STEPS: Record<string, (step: Instruction, image: MutableImage, state: BuildState) => unknown> = {
  LABEL: ({ rest }, image) => {
    image.labels = wordsOf(rest);
  },
  ENV: ({ rest }, image) => {
    const added = wordsOf(rest).map((word) => word.split(/=(.*)/s, 2) as [string, string]);
    image.environment = { ...image.environment, ...Object.fromEntries(added) };
  },
  WORKDIR: ({ rest }, image) => {
    image.directory = rest;
    return mkdir(join(image.root, rest), { recursive: true });
  },
  USER: ({ rest }, image) => {
    image.user = rest;
  },
  COPY: ({ flags, rest }, image, { context, built }) => {
    const stage = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
    const from = stage === undefined ? context : (built.get(stage)?.root as string);
    return copy(from, wordsOf(rest), join(image.root, image.directory));
  },
  RUN: async ({ flags, rest }, image) => {
    // npm uses the registry and the cache of this machine.
    const cache = await npmConfig('cache');
    const npm = { npm_config_registry: await npmConfig('registry'), ...certificates() };
    const mounts = flags.map((flag) => {
      const target = /^--mount=type=cache,target=(.+)$/.exec(flag)?.[1] as string;
      return { source: cache, target, writable: true };
    });
    const environment = { ...image.environment, ...npm };
    const [command, ...args] = rootCommandLine({ ...image, environment, mounts }, ['sh', '-c', rest]);
    await run(command as string, args, { maxBuffer: MAX_OUTPUT_BYTES });
  },
  VOLUME: ({ rest }, image) => {
    image.volumes = JSON.parse(rest);
  },
  EXPOSE: () => {},
  STOPSIGNAL: ({ rest }, image) => {
    image.stopSignal = rest;
  },
  HEALTHCHECK: ({ rest }, image) => {
    image.healthCheck = JSON.parse(rest.replace(/^CMD\s+/, ''));
  },
  CMD: ({ rest }, image) => {
    image.command = JSON.parse(rest);
  },
};

/** Copies like `COPY`: the contents of a folder, or a file. A file keeps its name if the target ends with a slash. */
async function copy(from: string, words: readonly string[], directory: string): Promise<void> {
  const target = words.at(-1) as string;
  for (const source of words.slice(0, -1)) {
    const isFolder = (await stat(join(from, source))).isDirectory();
    const into = join(directory, target, isFolder || !target.endsWith('/') ? '' : basename(source));
    await mkdir(dirname(into), { recursive: true });
    await cp(join(from, source), into, { recursive: true });
  }
}

async function npmConfig(key: string): Promise<string> {
  return (await run('npm', ['config', 'get', key])).stdout.trim();
}

/** Returns the variable that makes Node and npm trust the additional certificates of this machine. */
function certificates(): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS } = process.env;
  return NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS };
}
