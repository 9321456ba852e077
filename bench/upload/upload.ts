import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../support/connection.ts';
import { median, medianRatio } from '../support/median.ts';
import { goal, print, printTable } from '../support/print.ts';
import { requestsOfUsers, USERS_ENVIRONMENT } from '../support/requests-of-users.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { sendAtOnce } from '../support/send-at-once.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { UPLOAD_PICTURE } from '../support/upload-request.ts';
import { type BarePipeline, startBarePipeline } from './bare-pipeline.ts';
import { measureSteps } from './measure-steps.ts';

const PICTURE = join(import.meta.dirname, '../../test/images/photo-2725x2225.jpg');
const WARM_UP_ROUNDS = 5;
const LATENCY_ROUNDS = 40;
const MAX_EXTRA_MS = 10;
const UPLOADS_AT_ONCE = 8;
/** Enough uploads that idle cores at both ends of a round have little effect. */
const UPLOADS_PER_ROUND = 48;
const THROUGHPUT_ROUNDS = 7;
/**
 * Enough users that none uploads more than five pictures, one live and four in the trash. After that, Portrait deletes
 * a picture for each upload. This follows the response, and takes the server another millisecond of processor time.
 */
const USERS = 2 * UPLOADS_PER_ROUND;
const MIN_RATIO = 0.9;

/** Compares a whole upload through the server with the bare image pipeline, which makes the same renditions. */
export async function benchUpload(): Promise<void> {
  await using folder = await makeTemporaryFolder();
  await using server = await runPortrait(folder.path, USERS_ENVIRONMENT);
  const directory = folder.path;
  await using bare = startBarePipeline({ directory, processes: availableParallelism(), atOnce: 1 });
  await using together = startBarePipeline({ directory, processes: 1, atOnce: UPLOADS_AT_ONCE });
  const file = await readFile(PICTURE);
  const requests = await requestsOfUsers(USERS, {
    document: UPLOAD_PICTURE,
    file,
    fileName: 'photo-2725x2225.jpg',
    mediaType: 'image/jpeg',
  });
  // Warms up every process of every contender.
  await bare.renderMany(PICTURE, UPLOADS_PER_ROUND);
  await together.renderMany(PICTURE, UPLOADS_PER_ROUND);
  await sendAtOnce({ port: server.port, requests, count: UPLOADS_PER_ROUND, atOnce: UPLOADS_AT_ONCE });

  await compareLatency(server.port, requests, bare);
  await compareThroughput(server.port, requests, [
    [`${availableParallelism()} processes, one picture each`, bare],
    [`one process, ${UPLOADS_AT_ONCE} pictures`, together],
  ]);
}

async function compareLatency(
  port: number,
  requests: readonly [Buffer, ...Buffer[]],
  bare: BarePipeline,
): Promise<void> {
  const connection = await Connection.open(port);
  const whole: number[] = [];
  const rendered: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < LATENCY_ROUNDS; round += 1) {
    const renderMs = await bare.renderOne(PICTURE);
    const startedAt = performance.now();
    await connection.exchange(requests[(round + WARM_UP_ROUNDS) % USERS] ?? requests[0]);
    const wholeMs = performance.now() - startedAt;
    if (round >= 0) {
      rendered.push(renderMs);
      whole.push(wholeMs);
    }
  }
  connection.close();
  const extra = median(whole) - median(rendered);
  printTable(`upload: one at a time, ms, medians of ${LATENCY_ROUNDS} rounds`, [
    ['contender', 'ms'],
    ['bare pipeline', median(rendered).toFixed(1)],
    ['Portrait', median(whole).toFixed(1)],
  ]);
  print(`difference  ${extra.toFixed(1)} ms  goal ${goal(extra, '<=', MAX_EXTRA_MS, ' ms')}`);

  const steps = await measureSteps(PICTURE, LATENCY_ROUNDS);
  printTable(
    `upload: steps of replacing a picture, without HTTP and GraphQL, medians of ${LATENCY_ROUNDS} rounds`,
    [['step', 'ms'], ...steps.map(([name, milliseconds]) => [name, milliseconds.toFixed(1)])],
  );
}

async function compareThroughput(
  port: number,
  requests: readonly [Buffer, ...Buffer[]],
  pipelines: readonly [name: string, pipeline: BarePipeline][],
): Promise<void> {
  const whole: number[] = [];
  const bare = pipelines.map(([name, pipeline]) => ({ name, pipeline, rendered: [] as number[] }));
  for (let round = 0; round < THROUGHPUT_ROUNDS; round += 1) {
    for (const { pipeline, rendered } of bare) {
      flushDisk();
      rendered.push(UPLOADS_PER_ROUND / (await pipeline.renderMany(PICTURE, UPLOADS_PER_ROUND)));
    }
    flushDisk();
    const seconds = await sendAtOnce({
      port,
      requests: usersOfRound(requests, round),
      count: UPLOADS_PER_ROUND,
      atOnce: UPLOADS_AT_ONCE,
    });
    whole.push(UPLOADS_PER_ROUND / seconds);
  }
  printTable(`upload: ${UPLOADS_AT_ONCE} at once, medians of ${THROUGHPUT_ROUNDS} rounds`, [
    ['contender', 'pictures/s'],
    ...bare.map(({ name, rendered }) => [`bare pipeline: ${name}`, median(rendered).toFixed(1)]),
    ['Portrait', median(whole).toFixed(1)],
  ]);
  for (const { name, rendered } of bare) {
    const ratio = medianRatio(whole, rendered);
    print(`Portrait / ${name}  ${ratio.toFixed(2)}  goal ${goal(ratio, '>=', MIN_RATIO)}`);
  }
}

/** Returns the requests of the second half of the users in even rounds, and of the first half in odd rounds. */
function usersOfRound(requests: readonly [Buffer, ...Buffer[]], round: number): [Buffer, ...Buffer[]] {
  const start = round % 2 === 0 ? UPLOADS_PER_ROUND : 0;
  const [first = requests[0], ...others] = requests.slice(start, start + UPLOADS_PER_ROUND);
  return [first, ...others];
}

/** Writes all pending data to the disk, so that the next contender does not pay for it. */
function flushDisk(): void {
  execFileSync('sync');
}
