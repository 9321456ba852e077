import { setTimeout } from 'node:timers/promises';
import { runStoreServer } from '../stream/run-store-server.ts';
import { STORE } from '../stream/store-schema.ts';
import { median } from '../support/median.ts';
import { noisyJpeg } from '../support/photographs.ts';
import { goal, print, printTable } from '../support/print.ts';
import { residentBytes } from '../support/process-usage.ts';
import { requestsOfUsers, USERS_ENVIRONMENT } from '../support/requests-of-users.ts';
import { runPortrait } from '../support/run-portrait.ts';
import type { RunningServer } from '../support/run-server.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { UPLOAD_PICTURE } from '../support/upload-request.ts';
import { peakResidentBytes } from './peak-memory.ts';
import { sendTogether } from './send-together.ts';

const UPLOADS_AT_ONCE = 50;
const FILE_BYTES = 5 * 1024 * 1024;
const ROUNDS = 5;
const IDLE_AFTER_MS = 2000;
const MAX_GROWTH_MIB = 64;
const MIB = 1024 * 1024;

interface Contender {
  readonly name: string;
  readonly document: string;
  readonly run: (folder: string) => Promise<RunningServer>;
  /** Bytes of resident memory before the uploads, for each round. */
  readonly idle: number[];
  /** Maximum growth in bytes during the uploads, for each round. */
  readonly growth: number[];
}

/** Measures the memory that fifty concurrent uploads add to a server's own process. Each round starts a new server. */
export async function benchMemory(): Promise<void> {
  const file = await noisyJpeg(FILE_BYTES);
  const portrait = contender('Portrait', UPLOAD_PICTURE, (folder) => runPortrait(folder, USERS_ENVIRONMENT));
  const contenders = [
    portrait,
    contender('Portrait’s parser in Yoga, only storing', STORE, (folder) =>
      runStoreServer('portrait', folder),
    ),
    contender('Yoga’s builtin multipart, only storing', STORE, (folder) => runStoreServer('builtin', folder)),
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const each of contenders) {
      await measure(each, file);
    }
  }
  printTable(
    `memory: ${UPLOADS_AT_ONCE} uploads of 5 MiB at once, MiB of the server's own process, medians of ${ROUNDS} rounds`,
    [
      ['server', 'idle', 'growth', 'largest growth'],
      ...contenders.map(({ name, idle, growth }) => [
        name,
        inMib(median(idle)),
        inMib(median(growth)),
        inMib(Math.max(...growth)),
      ]),
    ],
  );
  const growth = median(portrait.growth) / MIB;
  print(`growth of Portrait  ${growth.toFixed(0)} MiB  goal ${goal(growth, '<', MAX_GROWTH_MIB, ' MiB')}`);
}

function contender(name: string, document: string, run: Contender['run']): Contender {
  return { name, document, run, idle: [], growth: [] };
}

async function measure({ document, run, idle, growth }: Contender, file: Buffer): Promise<void> {
  await using folder = await makeTemporaryFolder();
  await using server = await run(folder.path);
  await setTimeout(IDLE_AFTER_MS);
  const before = residentBytes(server.pid);
  const upload = { document, file, fileName: 'photo.jpg', mediaType: 'image/jpeg' };
  const requests = await requestsOfUsers(UPLOADS_AT_ONCE, upload);
  const peak = await peakResidentBytes(server.pid, () => sendTogether(server.port, requests));
  idle.push(before);
  growth.push(peak - before);
}

function inMib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
