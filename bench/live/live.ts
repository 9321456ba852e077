import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startFlags } from '../../test/support/start-flags.ts';
import { forkProcess } from '../support/fork-process.ts';
import { median } from '../support/median.ts';
import { largePhotograph } from '../support/photographs.ts';
import { printTable } from '../support/print.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { runServer } from '../support/run-server.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { type Contender, latencyRows } from './latency-rows.ts';
import { measureRound, type Processes, type Share } from './measure-round.ts';
import type { Latencies } from './reader.ts';
import { pictureReading, queryReading } from './readings.ts';
import { SECRET, seedUsers } from './seed-users.ts';
import type { UploaderMessage } from './uploader.ts';

const USERS = 100;
const UPLOADS_AT_ONCE = 8;
const ROUNDS = 9;
const ROUND_SECONDS = 8;
const MAX_RATIO = 3;
/** A file about as large as the renditions that are read. */
const BARE_SERVER_PICTURE = join(import.meta.dirname, '../../test/images/grey-alpha-16bit.png');

/** Measures how much reading slows down while the server decodes photographs. */
export async function benchLive(): Promise<void> {
  await using folder = await makeTemporaryFolder();
  const photograph = join(folder.path, 'large.jpg');
  await writeFile(photograph, await largePhotograph());
  await using server = await runPortrait(folder.path, { AUTH_SECRET: SECRET, UPLOADS_PER_HOUR: '0' });
  await using bareServer = await runServer({
    args: [...startFlags(), join(import.meta.dirname, 'bare-server.ts'), BARE_SERVER_PICTURE],
  });
  const users = await seedUsers(server.port, USERS);
  // Users who upload lose their first picture, because the trash keeps only four.
  const shown = users.slice(UPLOADS_AT_ONCE);
  const tokens = users.slice(0, UPLOADS_AT_ONCE).map(({ token }) => token);
  await using reader = forkProcess<Latencies>(join(import.meta.dirname, 'reader.ts'));
  await using uploader = forkProcess<UploaderMessage>(join(import.meta.dirname, 'uploader.ts'), [
    String(server.port),
    photograph,
    ...tokens,
  ]);
  const contenders: Contender[] = [
    { name: 'a picture', reading: pictureReading(server.port, shown), maxRatio: MAX_RATIO, rounds: [] },
    {
      name: `a query of ${USERS} users`,
      reading: queryReading(server.port, users),
      maxRatio: MAX_RATIO,
      rounds: [],
    },
    { name: 'bare server, from memory', reading: pictureReading(bareServer.port, shown), rounds: [] },
  ];
  const shares: Share[] = [
    { name: 'server, without its decoders', pid: server.pid, percents: [] },
    { name: 'reader', pid: reader.pid, percents: [] },
    { name: 'uploader', pid: uploader.pid, percents: [] },
  ];

  const processes: Processes = { reader, uploader };
  const warmingUp = contenders.map((contender) => ({ ...contender, rounds: [] }));
  await measureRound(processes, warmingUp, [], ROUND_SECONDS);
  const uploads: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    uploads.push(await measureRound(processes, contenders, shares, ROUND_SECONDS));
  }

  printTable(
    `live: latency in ms, idle and during ${UPLOADS_AT_ONCE} concurrent uploads of 40 megapixels, medians of ${ROUNDS} rounds`,
    latencyRows(contenders),
  );
  printTable(
    `live: processor time under load, ${availableParallelism()} cores, ${median(uploads).toFixed(1)} uploads a second`,
    [
      ['process', '% of one core'],
      ...shares.map(({ name, percents }) => [name, median(percents).toFixed(0)]),
    ],
  );
}
