import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres-server.ts';
import { pictureReading, queryReading } from '../live/readings.ts';
import { SECRET, type SeededUser, seedUsers } from '../live/seed-users.ts';
import { median } from '../support/median.ts';
import { printTable } from '../support/print.ts';
import { processTreeMs, processorMs } from '../support/process-usage.ts';
import { runPortrait } from '../support/run-portrait.ts';
import type { RunningServer } from '../support/run-server.ts';
import { sendAtOnce } from '../support/send-at-once.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { UPLOAD_PICTURE, uploadRequest } from '../support/upload-request.ts';

const ROUNDS = 5;
const AT_ONCE = 8;
const USERS = 100;
const IMAGES = join(import.meta.dirname, '../../test/images');
/** Commits reach the disk, as in production. */
const SETTINGS = ['fsync=on', 'shared_buffers=256MB'];

/** A kind of request. Each connection sends its own request of this kind. */
interface Load {
  readonly name: string;
  readonly requests: readonly Buffer[];
  /** Number of requests in one round. */
  readonly count: number;
}

interface Measured {
  readonly load: Load;
  readonly perSecond: number[];
  /** Milliseconds of processor time for a request: in the server's own process, its decoders, and Postgres. */
  readonly server: number[];
  readonly decoders: number[];
  readonly postgres: number[];
}

/** Measures the maximum rates of one instance, with SQLite and with Postgres. */
export async function benchCapacity(): Promise<void> {
  await using postgres = await startPostgres(SETTINGS);
  for (const [name, url] of [
    ['SQLite', undefined],
    ['Postgres', postgres.url],
  ] as const) {
    await using folder = await makeTemporaryFolder();
    await using server = await runPortrait(folder.path, {
      AUTH_SECRET: SECRET,
      UPLOADS_PER_HOUR: url === undefined ? '0' : '1000000',
      REQUESTS_PER_MINUTE: '0',
      ...(url === undefined ? {} : { DATABASE_URL: url }),
    });
    const users = await seedUsers(server.port, USERS);
    const measured = (await loadsOf(server.port, users)).map(
      (load): Measured => ({ load, perSecond: [], server: [], decoders: [], postgres: [] }),
    );
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const each of measured) {
        await measure(server, postgres.pid, each, round >= 0);
      }
    }
    printTable(
      `capacity: one instance with ${name}, ${AT_ONCE} requests at once, medians of ${ROUNDS} rounds (smallest to largest)`,
      [['request', 'a second', 'CPU ms: server', 'decoders', 'Postgres'], ...measured.map(rowOf)],
    );
  }
}

async function loadsOf(port: number, users: readonly SeededUser[]): Promise<Load[]> {
  const upload = async (fileName: string, mediaType: string) => {
    const file = await readFile(join(IMAGES, fileName));
    return users
      .slice(0, AT_ONCE)
      .map(({ token }) => uploadRequest({ document: UPLOAD_PICTURE, file, fileName, mediaType, token }));
  };
  const bytes = (requests: readonly string[]) => requests.map((request) => Buffer.from(request));
  // Users who upload lose their first picture, because the trash keeps only four.
  const shown = users.slice(AT_ONCE);
  return [
    { name: 'uploads, 6 megapixels', requests: await upload('photo-2725x2225.jpg', 'image/jpeg'), count: 24 },
    { name: 'uploads, 0.8 megapixels', requests: await upload('photo.webp', 'image/webp'), count: 24 },
    { name: 'pictures of 256 px', requests: bytes(pictureReading(port, shown).requests), count: 16_000 },
    {
      name: 'queries of the viewer',
      requests: bytes(queryReading(port, users.slice(0, 1)).requests),
      count: 8_000,
    },
    { name: `queries of ${USERS} users`, requests: bytes(queryReading(port, users).requests), count: 800 },
  ];
}

async function measure(server: RunningServer, postgres: number, measured: Measured, counts: boolean) {
  const { requests, count } = measured.load;
  const used = () => [processorMs(server.pid), processTreeMs(server.pid), processTreeMs(postgres)] as const;
  const [serverBefore, treeBefore, postgresBefore] = used();
  const seconds = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, connection) =>
      sendAtOnce({
        port: server.port,
        requests: [requests[connection % requests.length] as Buffer],
        count: count / AT_ONCE,
        atOnce: 1,
      }),
    ),
  );
  const [serverAfter, treeAfter, postgresAfter] = used();
  if (counts) {
    const own = serverAfter - serverBefore;
    measured.perSecond.push(count / Math.max(...seconds));
    measured.server.push(own / count);
    measured.decoders.push((treeAfter - treeBefore - own) / count);
    measured.postgres.push((postgresAfter - postgresBefore) / count);
  }
}

function rowOf({ load, perSecond, server, decoders, postgres }: Measured): string[] {
  const figure = (values: readonly number[], digits: number) =>
    `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
  return [load.name, figure(perSecond, 0), figure(server, 2), figure(decoders, 1), figure(postgres, 2)];
}
