import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type NewPicture, type PictureDatabase, TRASH_LIMIT } from '../../src/database/database.ts';
import { DatabaseBusyError, DatabaseFullError } from '../../src/database/errors.ts';
import { watchAvailability } from '../../src/database/postgres/availability.ts';
import journal from '../../src/database/postgres/migrations/meta/_journal.json' with { type: 'json' };
import { openPool } from '../../src/database/postgres/open-pool.ts';
import { openMovablePostgres } from '../../src/database/postgres/postgres-movable.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { describeDatabase } from '../contract/database-contract.ts';
import { describeMigration } from '../contract/migration-contract.ts';
import { describeModeration } from '../contract/moderation-contract.ts';
import { describeMovable } from '../contract/movable-contract.ts';
import { describeOutbox } from '../contract/outbox-contract.ts';
import { describeUserDeletion } from '../contract/user-deletion-contract.ts';
import { migrationsBefore } from '../support/earlier-migrations.ts';
import { emptiedPostgres, newPostgres, openInstance, runSql } from '../support/postgres.ts';
import { interceptStatements, normalizeStatement } from '../support/statements.ts';
import { ANN, BOB } from '../support/writers.ts';

/** Written by `npm run bench -- scale`. */
const PLANS = join(import.meta.dirname, '../../docs/scale-plans.md');

describeDatabase('Postgres', async () => {
  const url = await emptiedPostgres();
  return { database: await openInstance(url), openAgain: () => openInstance(url) };
});

describeModeration('Postgres', async () => openInstance(await emptiedPostgres()));
describeUserDeletion('Postgres', async () => await openInstance(await emptiedPostgres()));

describeMigration('Postgres', {
  schema: 'portrait.',
  time: 'now()',
  sizes: "'{64}'",
  async open(rows) {
    const url = await newPostgres();
    const client = new pg.Client(url);
    await client.connect();
    await migrate(drizzle({ client }), {
      migrationsFolder: await migrationsBefore('postgres', '0007_upload_blocks'),
      migrationsSchema: 'portrait',
    });
    await client.end();
    await runSql(
      url,
      `ALTER TABLE portrait.pictures ALTER accepted_by SET DEFAULT '0123456789abcdef'; ${rows}`,
    );
    return await openInstance(url);
  },
});

describeMovable('Postgres', async () => {
  const url = await emptiedPostgres();
  return {
    async openMovable() {
      const movable = await openMovablePostgres(url, createLogger('silent'));
      onTestFinished(() => movable[Symbol.asyncDispose]());
      return movable;
    },
    openServing: (storage) => openInstance(url, { storage }),
  };
});

describeOutbox('Postgres', async () => {
  const url = await newPostgres();
  const database = await openInstance(url, { recordsChanges: true });
  const movable = await openMovablePostgres(url, createLogger('silent'));
  onTestFinished(() => movable[Symbol.asyncDispose]());
  return { database, movable, openSilent: () => openInstance(url) };
});

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:', dominantColor: '#000000' };

function newPicture(userId = 'ann'): NewPicture {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  return { id, path: picturePath(id), userId, fileName: 'me.jpg', altText: null, acceptedAt: new Date() };
}

/** Makes the first `times` inserts of pictures fail with an SQLSTATE. */
async function failInserts(url: string, sqlState: string, times = 1_000): Promise<void> {
  // A sequence keeps its value when a transaction is rolled back.
  await runSql(
    url,
    `CREATE SEQUENCE portrait.failures;
     CREATE FUNCTION portrait.fail() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF nextval('portrait.failures') <= ${times} THEN
         RAISE EXCEPTION 'requested by the test' USING ERRCODE = '${sqlState}';
       END IF;
       RETURN NEW;
     END $$;
     CREATE TRIGGER fail BEFORE INSERT ON portrait.pictures FOR EACH ROW EXECUTE FUNCTION portrait.fail()`,
  );
}

describe('A write that Postgres rejects', () => {
  it.each([
    ['its disk is full', '53100', DatabaseFullError],
    ['a lock timed out', '55P03', DatabaseBusyError],
    ['a statement timed out', '57014', DatabaseBusyError],
    ['its memory is exhausted', '53200', DatabaseBusyError],
  ])('because %s fails with an error of the contract, and changes nothing', async (_what, sqlState, name) => {
    const url = await newPostgres();
    const database = await openInstance(url);
    await failInserts(url, sqlState);
    const picture = newPicture();
    await expect(database.accept(picture, ANN)).rejects.toThrow(name);
    expect(await database.stateOf(picture.id)).toBeNull();
    expect(await database.findUsers(['ann'])).toEqual(new Map());
  });

  it.each([
    ['a conflict with another transaction', '40001'],
    ['a deadlock', '40P01'],
    ['a shutdown of the server', '57P01'],
    ['too many connections', '53300'],
    ['a change of the server to a standby', '25006'],
  ])('because of %s is retried', async (_what, sqlState) => {
    const url = await newPostgres();
    const database = await openInstance(url);
    await failInserts(url, sqlState, 2);
    const picture = newPicture();
    await database.accept(picture, ANN);
    expect(await database.stateOf(picture.id)).toBe('pending');
  });

  it('because of a bug in Portrait fails at once with the original error', async () => {
    const url = await newPostgres();
    const database = await openInstance(url);
    const picture = newPicture();
    await database.accept(picture, ANN);
    const other = { ...newPicture(), path: picture.path };
    await expect(database.accept(other, ANN)).rejects.toThrow('pictures_path_unique');
  });
});

describe('A session', () => {
  it('sets its own limits and commits to the disk, whatever the defaults of the database', async () => {
    const url = await newPostgres();
    const name = new URL(url).pathname.slice(1);
    const settings = {
      synchronous_commit: 'off',
      default_transaction_isolation: 'serializable',
      statement_timeout: '0',
      lock_timeout: '0',
      idle_in_transaction_session_timeout: '0',
      datestyle: 'SQL, DMY',
    };
    for (const [setting, value] of Object.entries(settings)) {
      await runSql(url, `ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    }
    const pool = openPool(url, 1, watchAvailability(createLogger('silent')));
    try {
      const read = async (setting: string) =>
        Object.values((await pool.read((db) => db.execute(`SHOW ${setting}`))).rows[0] ?? {})[0];
      expect(await read('synchronous_commit')).toBe('on');
      expect(await read('transaction_isolation')).toBe('read committed');
      expect(await read('statement_timeout')).toBe('5s');
      expect(await read('lock_timeout')).toBe('4s');
      expect(await read('idle_in_transaction_session_timeout')).toBe('3s');
      expect(await read('datestyle')).toMatch(/^ISO/);
    } finally {
      await pool.close();
      await runSql(url, `ALTER DATABASE ${name} RESET ALL`);
    }
  });

  it('keeps a stricter synchronous_commit of the database', async () => {
    const url = await newPostgres();
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `ALTER DATABASE ${name} SET synchronous_commit = 'remote_apply'`);
    const pool = openPool(url, 1, watchAvailability(createLogger('silent')));
    try {
      const { rows } = await pool.read((db) => db.execute('SHOW synchronous_commit'));
      expect(rows).toEqual([{ synchronous_commit: 'remote_apply' }]);
    } finally {
      await pool.close();
      await runSql(url, `ALTER DATABASE ${name} RESET ALL`);
    }
  });
});

describe('The tables', () => {
  it('are created once when several instances start at once, in their own schema', async () => {
    const url = await newPostgres();
    await runSql(url, 'CREATE TABLE IF NOT EXISTS public.users (theirs text)');
    const databases = await Promise.all(Array.from({ length: 5 }, () => openInstance(url)));
    for (const database of databases) {
      await database.accept(newPicture(), ANN);
    }
    const rows = await runSql(url, 'SELECT count(*)::int AS migrations FROM portrait.__drizzle_migrations');
    expect(rows).toEqual([{ migrations: journal.entries.length }]);
    expect(await runSql(url, 'SELECT * FROM public.users')).toEqual([]);
  });

  it('are never scanned sequentially, however large they are', async () => {
    const url = await newPostgres();
    const database = await openInstance(url, { recordsChanges: true });
    await runSql(
      url,
      `INSERT INTO portrait.users (id) SELECT 'user-' || n FROM generate_series(1, 20000) n;
       INSERT INTO portrait.pictures (id, user_id, state, path, file_name, accepted_at, accepted_by, trashed_at, sizes, width, height, placeholder, dominant_color)
       SELECT 'pic-' || n, 'user-' || (n % 20000 + 1), CASE WHEN n <= 20000 THEN 'live' ELSE 'trash' END, 'path-' || n,
              'me.jpg', now(), '0123456789abcdef', CASE WHEN n > 20000 THEN now() END, '{64}', 64, 64, '', ''
       FROM generate_series(1, 40000) n;
       INSERT INTO portrait.outbox (id, user_id, type, changed_at, next_attempt_at)
       SELECT 'msg-' || n, 'user-' || (n % 5000 + 1), 'profile_picture.updated', now(),
              CASE WHEN n <= 5000 THEN now() - interval '1 second' END
       FROM generate_series(1, 20000) n`,
    );
    await runSql(url, 'VACUUM ANALYZE portrait.users, portrait.pictures, portrait.outbox');
    const before = await scansOf(url);
    await useEverything(database);
    // A session publishes its statistics when it ends, at the latest.
    await database.close();
    await expect.poll(async () => (await scansOf(url)).index - before.index).toBeGreaterThan(20);
    expect(await scansOf(url)).toMatchObject({ sequential: before.sequential });
  });

  it('have all their statements on the page of query plans', async () => {
    const page = await readFile(PLANS, 'utf8');
    const database = await openInstance(await newPostgres(), { recordsChanges: true });
    const sent = new Set<string>();
    {
      using _ = interceptStatements(async ({ text }) => void sent.add(normalizeStatement(text)));
      await useEverything(database);
    }
    // Statements for an empty list end with `where false`, and do nothing.
    const ofTables = [...sent].filter((name) =>
      /\b(?:from|into|update) (?:users|pictures|counts|outbox)\b(?!.* where false$)/i.test(name),
    );
    expect(ofTables.length).toBeGreaterThan(20);
    expect(ofTables.filter((name) => !page.includes(`\n${name}\n`))).toEqual([]);
  });

  it('need few index reads, even for a user with a long history or during many uploads', async () => {
    const url = await newPostgres();
    const database = await openInstance(url);
    await runSql(
      url,
      `INSERT INTO portrait.users (id) SELECT 'user-' || n FROM generate_series(1, 20000) n UNION SELECT 'ann';
       INSERT INTO portrait.pictures (id, user_id, state, path, file_name, accepted_at, accepted_by, trashed_at, trashed_order)
       SELECT 'pic-' || n, CASE WHEN n <= 20000 THEN 'user-' || n ELSE 'ann' END,
              CASE WHEN n <= 200 THEN 'pending' WHEN n <= 20000 THEN 'live' ELSE 'trash' END, 'path-' || n, 'me.jpg',
              now(), '0123456789abcdef', CASE WHEN n > 20000 THEN now() END, CASE WHEN n > 20000 THEN n END
       FROM generate_series(1, 21000) n`,
    );
    await runSql(url, 'VACUUM ANALYZE portrait.users, portrait.pictures');
    const before = await entriesRead(url);
    await writeEverything(database);
    await database.close();
    await expect.poll(async () => (await entriesRead(url)) - before).toBeGreaterThan(20);
    expect((await entriesRead(url)) - before).toBeLessThan(100);
  });
});

/** Returns how many entries of the indexes of pictures were read. */
async function entriesRead(url: string): Promise<number> {
  const [row] = await runSql(
    url,
    `SELECT sum(idx_tup_read)::int AS entries FROM pg_stat_user_indexes WHERE schemaname = 'portrait' AND relname = 'pictures'`,
  );
  return (row as { entries: number }).entries;
}

/** Calls every write of a user, with every kind of picture. */
async function writeEverything(database: PictureDatabase): Promise<void> {
  const now = new Date();
  const [first, late, failed] = [newPicture(), newPicture(), newPicture()];
  await database.accept(first, ANN);
  const { evicted } = await database.settle(first.id, 'ann', DETAILS, now);
  await database.setAltText(ANN, 'Ann');
  await database.accept(late, ANN);
  const ofRemoval = await database.moveToTrash(ANN, now);
  const settled = await database.settle(late.id, 'ann', DETAILS, now);
  expect(settled.state).toBe('trash');
  const ofRestoration = await database.restore(ANN, now);
  await database.accept(failed, ANN);
  expect(await database.abandon(failed.id)).toBe('deleting');
  await database.deleteRows([failed.id]);
  const left = [evicted, ofRemoval.evicted, settled.evicted, ofRestoration?.evicted ?? []].flat();
  const { deleting } = await database.beginDeletion(ANN);
  expect(deleting.map(({ id }) => id).sort()).toEqual([...left.map(({ id }) => id), late.id].sort());
}

/** Calls every method of the outbox with events to find. */
async function useOutbox(database: PictureDatabase): Promise<void> {
  const { outbox } = database;
  for (const reason of ['First', 'Second', 'Third']) {
    await database.setUploadBlock(BOB, { until: null, reason }, new Date());
  }
  const [event] = (await outbox?.claim(1)) ?? [];
  expect(event).toBeDefined();
  if (event !== undefined) {
    await outbox?.postpone(event, 0);
    await outbox?.complete(event);
  }
  expect(await outbox?.dropExcess({ events: 1, age: 1_000_000 })).toBeGreaterThan(0);
}

async function scansOf(url: string): Promise<{ sequential: number; index: number }> {
  const [row] = await runSql(
    url,
    `SELECT sum(seq_scan)::int AS sequential, sum(idx_scan)::int AS index FROM pg_stat_user_tables WHERE schemaname = 'portrait' AND relname IN ('users', 'pictures', 'outbox')`,
  );
  return row as { sequential: number; index: number };
}

/** Calls every method at least once, with rows to find. */
async function useEverything(database: PictureDatabase): Promise<void> {
  const picture = newPicture();
  const now = new Date();
  await database.accept(picture, ANN);
  await database.settle(picture.id, 'ann', DETAILS, now);
  await database.setAltText(ANN, 'Ann');
  await database.moveToTrash(ANN, now);
  await database.restore(ANN, now);
  for (let index = 0; index <= TRASH_LIMIT; index += 1) {
    const next = newPicture();
    await database.accept(next, ANN);
    await database.settle(next.id, 'ann', DETAILS, now);
  }
  // After five executions, Postgres may plan a prepared statement without knowledge of the values.
  for (let execution = 0; execution < 7; execution += 1) {
    await database.findUsers(Array.from({ length: 100 }, (_, index) => `user-${index}`));
    await database.findAvatar(`user-${execution}`);
    await database.findRestricted(
      Array.from({ length: 100 }, (_, index) => `user-${index}`),
      'ann',
      now,
    );
  }
  await database.setUploadBlock(ANN, { until: null, reason: null }, now);
  await database.findUploadBlock('ann', now);
  await database.setUploadBlock(ANN, null, now);
  await database.setAltText({ ...ANN, emailHashes: { md5: 'md5', sha256: 'sha256' } }, 'Ann');
  await database.findPictureByEmail({ md5: 'md5' });
  await database.findPictureByEmail({ sha256: 'sha256' });
  await database.knownPaths(Array.from({ length: 500 }, (_, index) => `path-${index}`));
  await database.storedPictures()[Symbol.asyncIterator]().next();
  await database.moveToTrash(ANN, now);
  await database.beginPurge(new Date(now.getTime() - 1), 10);
  await database.findDeleting();
  await database.stateOf(picture.id);
  await database.abandon(picture.id);
  await database.abandonLeftovers();
  await database.deleteRows([picture.id]);
  await database.beginDeletion(ANN);
  await database.accept(newPicture(), ANN, await database.countDeletions('ann'));
  await useOutbox(database);
  await database.beginUserDeletion('ann', null, new Date());
  await database.finishUserDeletions('ann');
  await database.finishUserDeletions();
  await database.findEndedInstances(['0123456789abcdef']);
  await database.exclusively(async () => {});
  await database.openLimiter({ name: 'uploads', points: 1, duration: 60 }).consume('ann');
  await database.check();
}
