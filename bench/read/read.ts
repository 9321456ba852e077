import { randomBytes } from 'node:crypto';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { environmentOfS3, startS3Store } from '../../test/support/s3-store.ts';
import { SECRET, seedUsers } from '../live/seed-users.ts';
import { type Contender, type Goal, measureRounds, printContenders } from '../support/contender.ts';
import { installPeers, PEERS } from '../support/install-peers.ts';
import { CONNECTIONS, findLoad, type Load } from '../support/load.ts';
import { print } from '../support/print.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { type RunningServer, runServer } from '../support/run-server.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { runNginx } from './nginx-server.ts';

const PREFIX = '/static/pictures';
const RENDITIONS = [
  { name: '10 KB', bytes: 10_000, file: pictureFile(10, 10) },
  { name: '33 KB', bytes: 33_000, file: pictureFile(33, 33) },
] as const;
const MISSES = 100_000;
const MISS_BYTES = 10_000;
/** ext4 allows 65,000 links to a file. */
const LINKS_PER_FILE = 1_000;

const MIN_OF_BARE = 0.75;
const MIN_OF_PICTURE = 0.5;
const MIN_OF_SIRV = 5;
/** Rounds of equal contenders differ by a few percent. */
const EQUAL = 0.95;

/** Measures how fast pictures are read: from memory, by 304, from a bucket, as avatars, and for the first time. */
export async function benchRead(): Promise<void> {
  await installPeers();
  const load = await findLoad();
  print(`Loading by ${load.name} with ${CONNECTIONS} connections`);
  await using folder = await makeTemporaryFolder();
  const root = join(folder.path, 'root');
  const pictures = join(root, PREFIX);
  await using store = await startS3Store();
  const env = { AUTH_SECRET: SECRET, IMAGE_WORKERS: '1' };
  await using portrait = await runPortrait(folder.path, { ...env, STORAGE_URL: `file:${pictures}` });
  const bucketFolder = join(folder.path, 'bucket');
  await mkdir(bucketFolder);
  await using bucket = await runPortrait(bucketFolder, {
    ...env,
    ...environmentOfS3(store, { prefix: 'bench' }),
  });
  // Portrait does not start if the storage has pictures and the database has none.
  const list = await createFiles(pictures, join(folder.path, 'paths'));
  for (const { file, bytes } of RENDITIONS) {
    await store.put(`bench/${file}`, randomBytes(bytes / 2).toString('hex'));
  }
  // Peers get a folder with these files only, because sirv becomes slow with 100,000 files.
  const small = join(folder.path, 'small');
  const few = join(small, PREFIX);
  await createRenditions(few);
  await using bare = await runBench('bare-server.ts', few, ...RENDITIONS.map(({ file }) => file));
  await using send = await runBench('send-server.ts', few);
  await using sirv = await runSirv(small);
  await using nginx = await runNginx(folder.path, few);
  for (const { name, file } of RENDITIONS) {
    await compareRendition(load, name, `${PREFIX}/${file}`, { portrait, bucket, bare, send, sirv, nginx });
  }
  await compareAvatar(load, portrait);
  await using sendOfAll = await runBench('send-server.ts', pictures);
  await using sirvOfAll = await runSirv(root);
  await compareMisses(load, list, { portrait, send: sendOfAll, sirv: sirvOfAll });
}

interface Servers {
  readonly portrait: RunningServer;
  readonly bucket: RunningServer;
  readonly bare: RunningServer;
  readonly send: RunningServer;
  readonly sirv: RunningServer;
  readonly nginx: { readonly port: number } | undefined;
}

async function compareRendition(load: Load, name: string, path: string, servers: Servers): Promise<void> {
  const { headers } = await fetch(`http://127.0.0.1:${servers.portrait.port}${path}`);
  const etag = headers.get('ETag') as string;
  const folder = contender('Portrait, folder', servers.portrait, path);
  const notModified = contender('Portrait, 304', servers.portrait, path, { 'If-None-Match': etag });
  const bucket = contender('Portrait, bucket', servers.bucket, path);
  const bare = contender('bare Node, from memory', servers.bare, path);
  const sirv = contender('sirv', servers.sirv, path);
  const contenders = [
    bare,
    folder,
    notModified,
    bucket,
    sirv,
    contender('@fastify/send', servers.send, path),
  ];
  if (servers.nginx !== undefined) {
    contenders.push(contender('nginx, one process', servers.nginx, path));
  }
  await measureRounds(load, contenders);
  const goals: Goal[] = [
    { of: folder, to: bare, atLeast: MIN_OF_BARE },
    { of: folder, to: sirv, atLeast: MIN_OF_SIRV },
    { of: notModified, to: folder, atLeast: 1 },
    { of: bucket, to: folder, atLeast: EQUAL },
  ];
  printContenders(`read: a rendition of ${name}`, contenders, goals);
}

/** Compares the avatar of a user with the picture that it shows. */
async function compareAvatar(load: Load, portrait: RunningServer): Promise<void> {
  const [user] = await seedUsers(portrait.port, 1);
  if (user === undefined) {
    throw new Error('No user was seeded.');
  }
  const picture = contender('the picture', portrait, user.picturePath);
  const avatar = contender('the avatar', portrait, `/users/${user.id}/avatar?size=256`, {
    Accept: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
  });
  const contenders = [picture, avatar];
  await measureRounds(load, contenders);
  printContenders('read: the avatar of a user with SQLite', contenders, [
    { of: avatar, to: picture, atLeast: MIN_OF_PICTURE },
  ]);
}

async function compareMisses(
  load: Load,
  list: string,
  servers: Pick<Servers, 'portrait' | 'send' | 'sirv'>,
): Promise<void> {
  const misses = (name: string, server: RunningServer): Contender => {
    const { target, ...others } = contender(name, server, '/');
    return { ...others, target: { ...target, paths: { file: list, next: 0 } } };
  };
  const portrait = misses('Portrait, folder', servers.portrait);
  const sirv = misses('sirv', servers.sirv);
  const contenders = [portrait, sirv, misses('@fastify/send', servers.send)];
  await measureRounds(load, contenders);
  const title = `read: misses only, ${MISSES} files of ${MISS_BYTES / 1000} KB`;
  printContenders(title, contenders, [{ of: portrait, to: sirv, atLeast: 1 }]);
}

function contender(
  name: string,
  server: { readonly port: number; readonly pid?: number },
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Contender {
  return {
    name,
    target: { port: server.port, path, headers },
    pid: server.pid,
    perSecond: [],
    processorUs: [],
  };
}

function runBench(program: string, ...args: string[]): Promise<RunningServer> {
  return runServer({ args: [join(import.meta.dirname, program), ...args] });
}

function runSirv(root: string): Promise<RunningServer> {
  return runServer({ args: [join(PEERS, 'sirv-server.mjs'), root] });
}

async function createRenditions(pictures: string): Promise<void> {
  for (const { file, bytes } of RENDITIONS) {
    await mkdir(dirname(join(pictures, file)), { recursive: true });
    await writeFile(join(pictures, file), randomBytes(bytes));
  }
}

/** Creates the files of all requests, and a list of the paths to request once. @returns the path of the list. */
async function createFiles(pictures: string, list: string): Promise<string> {
  await createRenditions(pictures);
  const paths: string[] = [];
  let source = '';
  for (let number = 0; number < MISSES; number += 1) {
    // Like a real picture, each has its own folder with eight files.
    const file = pictureFile(1_000 + (number >> 3), 100 + (number & 7));
    const path = join(pictures, file);
    if (number % 8 === 0) {
      await mkdir(dirname(path), { recursive: true });
    }
    if (number % LINKS_PER_FILE === 0) {
      source = path;
      await writeFile(path, randomBytes(MISS_BYTES));
    } else {
      await link(source, path);
    }
    paths.push(`${PREFIX}/${file}`);
  }
  await writeFile(list, paths.join('\n'));
  return list;
}

/** Returns the path of a picture's file. @param number of the picture, which spreads pictures over all folders. */
function pictureFile(number: number, size: number): string {
  const digits = Math.imul(number, 0x9e_37_79_b1)
    .toString(16)
    .replace('-', '')
    .padStart(8, '0')
    .padEnd(32, '0');
  return `${digits.slice(0, 2)}/${digits.slice(2, 4)}/pic_${digits}/${size}.webp`;
}
