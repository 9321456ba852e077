import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ForkedProcess, forkProcess } from '../support/fork-process.ts';
import { median } from '../support/median.ts';
import { startFlags } from '../support/node-flags.ts';
import { largePhotograph } from '../support/photographs.ts';
import { printTable } from '../support/print.ts';
import { processorMs } from '../support/process-usage.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { runServer } from '../support/run-server.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { type Contender, latencyRows } from './latency-rows.ts';
import type { Latencies, ReadingRound } from './reader.ts';
import { pictureReading, queryReading } from './readings.ts';
import { SECRET, seedUsers } from './seed-users.ts';
import type { UploaderMessage } from './uploader.ts';

const USERS = 100;
const UPLOADS_AT_ONCE = 8;
const ROUNDS = 9;
const ROUND_SECONDS = 8;
const MAX_RATIO = 3;
const FLOOR_PICTURE = join(import.meta.dirname, '../../test/images/animated.gif');

/** A process whose share of the processor is told, in milliseconds of every round. */
interface Share {
  readonly name: string;
  readonly pid: number;
  readonly milliseconds: number[];
}

/** What somebody who reads notices of the photographs that are decoded meanwhile. */
export async function benchLive(): Promise<void> {
  await using folder = await makeTemporaryFolder();
  const photograph = join(folder.path, 'large.jpg');
  await writeFile(photograph, await largePhotograph());
  await using server = await runPortrait(folder.path, { AUTH_SECRET: SECRET, UPLOADS_PER_HOUR: '0' });
  await using floor = await runServer({
    args: [...startFlags(), join(import.meta.dirname, 'floor-server.ts'), FLOOR_PICTURE],
  });
  const users = await seedUsers(server.port, USERS);
  const tokens = users.slice(0, UPLOADS_AT_ONCE).map(({ token }) => token);
  await using reader = forkProcess<Latencies>(join(import.meta.dirname, 'reader.ts'));
  await using uploader = forkProcess<UploaderMessage>(join(import.meta.dirname, 'uploader.ts'), [
    String(server.port),
    photograph,
    ...tokens,
  ]);
  const contenders: Contender[] = [
    { name: 'a picture', reading: pictureReading(server.port, users), maxRatio: MAX_RATIO, rounds: [] },
    {
      name: `a query of ${USERS} users`,
      reading: queryReading(server.port, users),
      maxRatio: MAX_RATIO,
      rounds: [],
    },
    { name: 'bare server, from memory', reading: pictureReading(floor.port, users), rounds: [] },
  ];
  const shares: Share[] = [
    { name: 'the server, without its decoders', pid: server.pid, milliseconds: [] },
    { name: 'who reads', pid: reader.pid, milliseconds: [] },
    { name: 'who uploads', pid: uploader.pid, milliseconds: [] },
  ];

  // The first round warms up.
  await measureRound(contenders, [], reader, uploader);
  for (const { rounds } of contenders) {
    rounds.length = 0;
  }
  const uploads: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    uploads.push(await measureRound(contenders, shares, reader, uploader));
  }

  printTable(
    `live: reading, idle and under ${UPLOADS_AT_ONCE} uploads of 40 megapixels at once, ms, medians of ${ROUNDS} rounds`,
    latencyRows(contenders),
  );
  printTable(
    `live: processor time under the load, ${availableParallelism()} cores, ${median(uploads).toFixed(1)} uploads a second`,
    [
      ['', '% of one core'],
      ...shares.map(({ name, milliseconds }) => [
        name,
        (median(milliseconds) / ROUND_SECONDS / 10).toFixed(0),
      ]),
    ],
  );
}

/** Reads while nothing else happens, then while others upload. @returns the uploads a second. */
async function measureRound(
  contenders: readonly Contender[],
  shares: readonly Share[],
  reader: ForkedProcess<Latencies>,
  uploader: ForkedProcess<UploaderMessage>,
): Promise<number> {
  const read = async () => {
    const readings = contenders.map(({ reading }) => reading);
    reader.send({ seconds: ROUND_SECONDS, readings } satisfies ReadingRound);
    return await reader.answer();
  };
  const idle = await read();
  uploader.send('start');
  // All are under way when the first is answered.
  await uploader.answer();
  const before = shares.map(({ pid }) => processorMs(pid));
  const loaded = await read();
  for (const [index, { pid, milliseconds }] of shares.entries()) {
    milliseconds.push(processorMs(pid) - (before[index] ?? 0));
  }
  for (const [index, { rounds }] of contenders.entries()) {
    rounds.push({ idle: idle[index] ?? [], loaded: loaded[index] ?? [] });
  }
  uploader.send('stop');
  return (await uploader.answer()).uploadsPerSecond;
}
