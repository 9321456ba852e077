import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signToken } from '../../src/auth/token.ts';
import { SECRET } from '../live/seed-users.ts';
import { Connection } from '../support/connection.ts';
import { forkProcess } from '../support/fork-process.ts';
import { median } from '../support/median.ts';
import { printTable } from '../support/print.ts';
import { residentBytes } from '../support/process-usage.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { UPLOAD_PICTURE, uploadRequest } from '../support/upload-request.ts';
import { endServer } from './end-server.ts';
import type { FloodOrder } from './flooder.ts';
import { type Flood, floods } from './floods.ts';
import { HOSTILE_ENVIRONMENT, seedHostile } from './seed-hostile.ts';

const PICTURE = join(import.meta.dirname, '../../test/images/photo-2725x2225.jpg');
const UPLOADS_ALONE = 7;
const UPLOADS_IN_FLOOD = 3;
/** Milliseconds after which an honest upload times out and the benchmark sends no more. */
const TIME_LIMIT_MS = 60_000;
const MAX_RATIO = 3;
const MB = 1_000_000;

/** Prints the time of an honest upload during each flood. */
export async function measureFloods(): Promise<void> {
  const token = await signToken({ id: 'honest', name: 'Honest' }, SECRET, {});
  const upload = uploadRequest({
    document: UPLOAD_PICTURE,
    file: await readFile(PICTURE),
    fileName: 'photo-2725x2225.jpg',
    mediaType: 'image/jpeg',
    token,
  });
  const rows: string[][] = [];
  for (const flood of await floods()) {
    rows.push(await measureFlood(flood, upload));
  }
  printTable(`hostile: honest uploads during floods, medians of up to ${UPLOADS_IN_FLOOD}`, [
    ['flood', 'alone, ms', 'in flood, ms', 'ratio', 'server, MB', 'goal'],
    ...rows,
  ]);
}

async function measureFlood(flood: Flood, upload: Buffer): Promise<string[]> {
  await using folder = await makeTemporaryFolder();
  await seedHostile(folder.path);
  await using server = await runPortrait(folder.path, HOSTILE_ENVIRONMENT);
  try {
    const alone: number[] = [];
    for (let i = 0; i < UPLOADS_ALONE; i += 1) {
      alone.push(await timeUpload(server.port, upload));
    }
    const files = await writeRequests(folder.path, flood.requests);
    const { connections, reads } = flood;
    const order: FloodOrder = { port: server.port, connections, files, reads };
    await using flooder = forkProcess<'started'>(join(import.meta.dirname, 'flooder.ts'), [
      JSON.stringify(order),
    ]);
    await flooder.nextMessage();
    const inFlood = await timeUploadsInFlood(server.port, upload);
    return rowOf(flood, median(alone), inFlood, residentBytes(server.pid));
  } finally {
    endServer(server);
  }
}

async function writeRequests(folder: string, requests: readonly Buffer[]): Promise<string[]> {
  return await Promise.all(
    requests.map(async (request, index) => {
      const file = join(folder, `flood-${index}`);
      await writeFile(file, request);
      return file;
    }),
  );
}

/** Returns the milliseconds of each upload, or the reason why an upload failed. */
async function timeUploadsInFlood(port: number, upload: Buffer): Promise<number[] | string> {
  const times: number[] = [];
  const startedAt = performance.now();
  while (times.length < UPLOADS_IN_FLOOD && performance.now() - startedAt < TIME_LIMIT_MS) {
    try {
      times.push(await timeUpload(port, upload));
    } catch (error) {
      return /"code":"(\w+)"/.exec(`${error}`)?.[1] ?? (error as Error).message;
    }
  }
  return times;
}

/** Returns the milliseconds of an upload. Rejects if the upload fails or exceeds the time limit. */
async function timeUpload(port: number, upload: Buffer): Promise<number> {
  const startedAt = performance.now();
  const abort = new AbortController();
  const limit = sleep(TIME_LIMIT_MS, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`timed out after ${TIME_LIMIT_MS / 1000} s`);
  });
  limit.catch(() => {});
  const connection = await Connection.open(port);
  try {
    await Promise.race([connection.exchange(upload), limit]);
    return performance.now() - startedAt;
  } finally {
    abort.abort();
    connection.close();
  }
}

function rowOf(flood: Flood, alone: number, inFlood: number[] | string, resident: number): string[] {
  const { name, allowanceMs } = flood;
  const ms = typeof inFlood === 'string' ? Number.POSITIVE_INFINITY : median(inFlood);
  const limit = allowanceMs === undefined ? TIME_LIMIT_MS : MAX_RATIO * alone + allowanceMs;
  const rule = allowanceMs === undefined ? 'finishes' : `<= ${MAX_RATIO} x alone + ${allowanceMs / 1000} s`;
  return [
    name,
    alone.toFixed(0),
    typeof inFlood === 'string' ? inFlood : ms.toFixed(0),
    typeof inFlood === 'string' ? '' : (ms / alone).toFixed(1),
    (resident / MB).toFixed(0),
    `${rule} (${ms <= limit ? 'met' : 'MISSED'})`,
  ];
}
