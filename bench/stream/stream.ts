import { randomBytes } from 'node:crypto';
import { installPeers } from '../support/install-peers.ts';
import { median, medianRatio } from '../support/median.ts';
import { goal, print, printTable } from '../support/print.ts';
import { processorMs } from '../support/process-usage.ts';
import type { RunningServer } from '../support/run-server.ts';
import { sendAtOnce } from '../support/send-at-once.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { uploadRequest } from '../support/upload-request.ts';
import { deleteStoredFile } from './delete-stored-file.ts';
import { type PeerServer, runPeerServer, runStoreServer, type StoreServer } from './run-store-server.ts';
import { STORE } from './store-schema.ts';

const UPLOADS_AT_ONCE = 16;
const ROUNDS = 9;
const MIN_OF_BUILTIN = 1.5;
const SIZES: readonly Size[] = [
  { name: '100 KB', bytes: 100_000, uploadsPerRound: 1600, minOfMercurius: 1.2, minOfBare: 0.8 },
  { name: '5 MB', bytes: 5_000_000, uploadsPerRound: 96 },
];

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly uploadsPerRound: number;
  /** Minimum ratios of Portrait's parser in Yoga to others. Without one, the ratio is only printed. */
  readonly minOfMercurius?: number;
  readonly minOfBare?: number;
}

type Servers = Readonly<Record<StoreServer | PeerServer, RunningServer>>;

interface Contender {
  readonly name: string;
  readonly server: RunningServer;
  /** Uploads per second, for each round. */
  readonly perSecond: number[];
  /** Milliseconds of the server's processor time for an upload, for each round. */
  readonly processorMs: number[];
}

/** Compares how fast Portrait's parser, a bare server and other GraphQL servers store the file of an upload. */
export async function benchStream(): Promise<void> {
  await installPeers();
  await using folder = await makeTemporaryFolder();
  await using bare = await runStoreServer('bare', folder.path);
  await using parser = await runStoreServer('parser', folder.path);
  await using portrait = await runStoreServer('portrait', folder.path);
  await using builtin = await runStoreServer('builtin', folder.path);
  await using mercurius = await runPeerServer('mercurius', folder.path);
  await using apollo = await runPeerServer('apollo', folder.path);
  for (const size of SIZES) {
    await compare(size, folder.path, { bare, parser, portrait, builtin, mercurius, apollo });
  }
}

async function compare(size: Size, directory: string, servers: Servers): Promise<void> {
  const request = uploadRequest({
    document: STORE,
    file: randomBytes(size.bytes),
    fileName: 'photo.jpg',
    mediaType: 'image/jpeg',
  });
  const bare = contender('bare node:http server', servers.bare);
  const parser = contender('Portrait’s parser by itself', servers.parser);
  const portrait = contender('Portrait’s parser in Yoga', servers.portrait);
  const builtin = contender('Yoga’s builtin multipart', servers.builtin);
  const mercurius = contender('Mercurius, mercurius-upload', servers.mercurius);
  const apollo = contender('Apollo Server, graphql-upload', servers.apollo);
  const contenders = [bare, parser, portrait, builtin, mercurius, apollo];

  // The first round is a warm-up.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const contender of contenders) {
      const figures = await measure(contender, size, request, directory);
      if (round >= 0) {
        contender.perSecond.push(figures.perSecond);
        contender.processorMs.push(figures.processorMs);
      }
    }
  }

  printTable(`stream: ${size.name}, ${UPLOADS_AT_ONCE} uploads at once, medians of ${ROUNDS} rounds`, [
    ['server', 'uploads/s', 'MB/s', 'CPU ms/upload'],
    ...contenders.map(({ name, perSecond, processorMs }) => [
      name,
      median(perSecond).toFixed(0),
      ((median(perSecond) * size.bytes) / 1e6).toFixed(0),
      median(processorMs).toFixed(2),
    ]),
  ]);
  printRatio('in Yoga / builtin', portrait, builtin, MIN_OF_BUILTIN);
  printRatio('in Yoga / Mercurius', portrait, mercurius, size.minOfMercurius);
  printRatio('in Yoga / Apollo Server', portrait, apollo);
  printRatio('in Yoga / bare server', portrait, bare, size.minOfBare);
  printRatio('parser by itself / bare server', parser, bare);
}

function printRatio(name: string, of: Contender, to: Contender, atLeast?: number): void {
  const ratio = medianRatio(of.perSecond, to.perSecond);
  const text = `${name.padEnd(30)}  ${ratio.toFixed(2)}`;
  print(atLeast === undefined ? text : `${text}  goal ${goal(ratio, '>=', atLeast)}`);
}

function contender(name: string, server: RunningServer): Contender {
  return { name, server, perSecond: [], processorMs: [] };
}

async function measure(
  { server }: Contender,
  { bytes, uploadsPerRound }: Size,
  request: Buffer,
  directory: string,
): Promise<{ perSecond: number; processorMs: number }> {
  const processorBefore = processorMs(server.pid);
  const seconds = await sendAtOnce({
    port: server.port,
    requests: [request],
    count: uploadsPerRound,
    atOnce: UPLOADS_AT_ONCE,
    onResponse: (response) => deleteStoredFile(response, directory, bytes),
  });
  return {
    perSecond: uploadsPerRound / seconds,
    processorMs: (processorMs(server.pid) - processorBefore) / uploadsPerRound,
  };
}
