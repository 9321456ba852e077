import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import type { PictureDatabase } from '../../src/database/database.ts';
import { openPostgresDatabase } from '../../src/database/postgres/postgres-database.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { startPostgres } from '../../test/support/postgres-server.ts';
import { print } from '../support/print.ts';
import { anyUser, callEverything, LIMIT } from './calls.ts';
import { explainDuring } from './explain.ts';
import { measureLatencies } from './latencies.ts';
import { printPlans, printReport } from './report.ts';
import type { Step } from './step.ts';
import { addUnfinished, LowDiskSpaceError, fillTables } from './tables.ts';
import { measureWalks } from './walks.ts';

const PICTURES = Number(process.env['SCALE_PICTURES'] ?? 1_000_000);
/** Characters of a placeholder. Real placeholders have about 200. Fewer save disk space, and change no index. */
const PLACEHOLDER = Number(process.env['SCALE_PLACEHOLDER'] ?? 200);
const PLANS_FILE = process.env['SCALE_PLANS'];
const STEPS = [PICTURES / 100, PICTURES / 10, PICTURES];

/** Users for whom each statement is explained. The costliest run counts, because costs depend on how full a page is. */
const EXPLAINED_USERS = 5;

/** Settings for a machine with 8 GB or more. They are not durable, because the data is temporary. */
const SETTINGS = [
  'shared_buffers=2GB',
  'effective_cache_size=6GB',
  'maintenance_work_mem=1GB',
  'max_wal_size=2GB',
  'wal_level=minimal',
  'max_wal_senders=0',
  'checkpoint_timeout=30min',
  'random_page_cost=1.1',
  // The benchmark itself runs ANALYZE.
  'autovacuum=off',
];

/** Measures a database that grows to SCALE_PICTURES: the plan of each statement, and the duration of each call. */
export async function benchScale(): Promise<void> {
  await using server = await startPostgres(SETTINGS);
  const logger = createLogger('silent');
  const steps: Step[] = [];
  try {
    for (const pictures of STEPS) {
      // New sessions for each size, because a session caches facts about the tables.
      const database = await openPostgresDatabase({
        url: server.url,
        poolSize: 4,
        recordsChanges: true,
        logger,
      });
      const client = new pg.Client(server.url);
      await client.connect();
      try {
        const step = await measureStep(client, database, pictures);
        // A session may publish its statistics only when it ends.
        await database.close();
        steps.push({ ...step, walks: (await countWalks(client)) - step.walks });
      } finally {
        await database.close();
        await client.end();
      }
      print(`${pictures} pictures: measured`);
      printReport(steps);
    }
  } catch (error) {
    if (!(error instanceof LowDiskSpaceError)) {
      throw error;
    }
    print(`${error.message} The results above are those of the completed sizes.`);
  }
  if (PLANS_FILE !== undefined) {
    await writeFile(PLANS_FILE, printPlans(steps));
  }
}

async function measureStep(client: pg.Client, database: PictureDatabase, pictures: number): Promise<Step> {
  const { filled, durations } = await fillTables(client, pictures, PLACEHOLDER);
  const limiter = database.openLimiter(LIMIT);
  const explainFor = async (users: readonly string[]) => {
    await addUnfinished(client);
    return await explainDuring(async (call) => {
      for (const user of users) {
        await callEverything(database, limiter, filled, user, call);
      }
    });
  };
  const someUsers = () => Array.from({ length: EXPLAINED_USERS }, () => anyUser(filled));
  const walks = await countWalks(client);
  const beforeAnalyze = await explainFor(someUsers());
  print(`${pictures} pictures: created. Seconds: ${JSON.stringify(durations)}`);
  const vacuumedAt = performance.now();
  await client.query('VACUUM (ANALYZE) portrait.users, portrait.pictures, portrait.counts, portrait.outbox');
  durations.push(['VACUUM ANALYZE', (performance.now() - vacuumedAt) / 1000]);
  const explained = await explainFor(someUsers());
  const ofHotUser = await explainFor([filled.hotUser]);
  const latencies = await measureLatencies(database, limiter, filled);
  const rates = await measureWalks(client, database, filled);
  return {
    filled,
    durations,
    bytes: await sizesOf(client),
    beforeAnalyze,
    explained,
    ofHotUser,
    walks,
    latencies,
    rates,
  };
}

async function countWalks(client: pg.Client): Promise<number> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query<{ walks: number }>(
    "SELECT sum(seq_scan)::int AS walks FROM pg_stat_user_tables WHERE relid IN ('portrait.users'::regclass, 'portrait.pictures'::regclass, 'portrait.outbox'::regclass)",
  );
  return rows[0]?.walks ?? 0;
}

async function sizesOf(client: pg.Client): Promise<Step['bytes']> {
  const { rows } = await client.query<{ name: string; bytes: number }>(`
    SELECT relname AS name, pg_table_size(oid)::float8 AS bytes FROM pg_class
    WHERE relnamespace = 'portrait'::regnamespace AND relkind IN ('r', 'i') AND relname NOT LIKE '\\_\\_%'
    UNION ALL
    SELECT 'total', sum(pg_total_relation_size(oid))::float8 FROM pg_class
    WHERE relnamespace = 'portrait'::regnamespace AND relkind = 'r'
    ORDER BY 2 DESC`);
  return rows;
}
