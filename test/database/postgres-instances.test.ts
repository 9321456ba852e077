import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NewPicture, PictureDatabase } from '../../src/database/database.ts';
import { DatabaseBusyError, DatabaseMovedError } from '../../src/database/errors.ts';
import { openMovablePostgres } from '../../src/database/postgres/postgres-movable.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { clearLeftovers } from '../../src/upkeep/clear-leftovers.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { emptiedPostgres, newPostgres, openInstance, runSql, waitingForLocks } from '../support/postgres.ts';
import { randomFrom } from '../support/random-from.ts';
import { ANN } from '../support/writers.ts';

/** Number of concurrent writes for one user. On a busy machine, more could wait too long for the lock of the user. */
const WRITERS = 6;

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:', dominantColor: '#000000' };

function newPicture(): NewPicture {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  return {
    id,
    path: picturePath(id),
    userId: 'ann',
    fileName: 'me.jpg',
    altText: null,
    acceptedAt: new Date(),
  };
}

async function accept(database: PictureDatabase): Promise<string> {
  const picture = newPicture();
  await database.accept(picture, ANN);
  return picture.id;
}

async function makeLive(database: PictureDatabase): Promise<string> {
  const id = await accept(database);
  await database.settle(id, 'ann', DETAILS, new Date());
  return id;
}

const WRITES: readonly ((database: PictureDatabase) => Promise<unknown>)[] = [
  makeLive,
  makeLive,
  makeLive,
  async (database) => database.abandon(await accept(database)),
  (database) => database.moveToTrash(ANN, new Date()),
  (database) => database.restore(ANN, new Date()),
  (database) => database.setAltText(ANN, 'Ann'),
  (database) => database.beginPurge(new Date(Date.now() + 1_000), 3),
  (database) => database.abandonLeftovers(),
];

async function writeSomething(database: PictureDatabase, random: () => number): Promise<void> {
  await WRITES[Math.floor(random() * WRITES.length)]?.(database);
}

async function liveOf(database: PictureDatabase): Promise<string | undefined> {
  return (await database.findUsers(['ann'])).get('ann')?.picture?.id;
}

interface TwoInstances {
  readonly url: string;
  readonly first: PictureDatabase;
  readonly second: PictureDatabase;
}

async function openTwo(): Promise<TwoInstances> {
  const url = await emptiedPostgres();
  return { url, first: await openInstance(url), second: await openInstance(url) };
}

/** Opens a transaction, which lasts until the test ends it. */
async function openTransaction(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('BEGIN');
  return client;
}

describe('Two instances', () => {
  it('agree that the upload that was accepted later wins, whichever finishes first', async () => {
    const { first, second } = await openTwo();
    const earlier = await accept(first);
    const later = await accept(second);
    expect((await second.settle(later, 'ann', DETAILS, new Date())).state).toBe('live');
    expect((await first.settle(earlier, 'ann', DETAILS, new Date())).state).toBe('trash');
    expect(await liveOf(first)).toBe(later);
    expect(await liveOf(second)).toBe(later);
  });

  it('move an upload to the trash if it was accepted before the other instance removed the picture', async () => {
    const { first, second } = await openTwo();
    await makeLive(first);
    const slow = await accept(first);
    await second.moveToTrash(ANN, new Date());
    expect((await first.settle(slow, 'ann', DETAILS, new Date())).state).toBe('trash');
    expect(await liveOf(second)).toBeUndefined();
  });

  it('take the sequence numbers for one user’s uploads one after the other', async () => {
    const { url, first, second } = await openTwo();
    await makeLive(first);
    const other = await openTransaction(url);
    await other.query("SELECT * FROM portrait.users WHERE id = 'ann' FOR UPDATE");
    const before = await runSql(url, 'SELECT last_value FROM portrait.pictures_sequence_seq');
    const accepted = Promise.all([accept(first), accept(second)]);
    await waitingForLocks(url, 2);
    expect(await runSql(url, 'SELECT last_value FROM portrait.pictures_sequence_seq')).toEqual(before);
    await other.query('COMMIT');
    await accepted;
  });

  it('do not settle a picture that stops being pending during the call', async () => {
    const { url, first, second } = await openTwo();
    const id = await accept(first);
    const other = await openTransaction(url);
    await other.query(`UPDATE portrait.pictures SET state = 'deleting' WHERE id = '${id}'`);
    const settled = first.settle(id, 'ann', DETAILS, new Date());
    settled.catch(() => {});
    await waitingForLocks(url, 1);
    await other.query('COMMIT');
    await expect(settled).rejects.toThrow('lost track');
    expect(await liveOf(second)).toBeUndefined();
  });

  it('change the altText of the picture that the other instance is making live', async () => {
    const { url, first } = await openTwo();
    const before = await makeLive(first);
    const next = await accept(first);
    const other = await openTransaction(url);
    await other.query("SELECT * FROM portrait.users WHERE id = 'ann' FOR UPDATE");
    await other.query(`UPDATE portrait.pictures SET state = 'trash' WHERE id = '${before}'`);
    await other.query(
      `UPDATE portrait.pictures SET state = 'live', width = 1, height = 1, sizes = '{64}', placeholder = '', dominant_color = '' WHERE id = '${next}'`,
    );
    const described = first.setAltText(ANN, 'Ann at sea');
    await waitingForLocks(url, 1);
    await other.query('COMMIT');
    expect(await described).toBe(next);
    expect((await first.findUsers(['ann'])).get('ann')?.picture).toMatchObject({
      id: next,
      altText: 'Ann at sea',
    });
  });

  it('restore the picture before a picture that the other instance is purging', async () => {
    const { url, first } = await openTwo();
    const [oldest, purged] = [await makeLive(first), await makeLive(first)];
    await first.moveToTrash(ANN, new Date());
    const other = await openTransaction(url);
    await other.query(`UPDATE portrait.pictures SET state = 'deleting' WHERE id = '${purged}'`);
    const restored = first.restore(ANN, new Date());
    await waitingForLocks(url, 1);
    await other.query('COMMIT');
    expect(await restored).toEqual({ picture: oldest, evicted: [] });
    expect(await liveOf(first)).toBe(oldest);
  });

  it('do not purge a picture that the other instance is restoring', async () => {
    const { url, first } = await openTwo();
    const [oldest, restored] = [await makeLive(first), await makeLive(first)];
    await first.moveToTrash(ANN, new Date());
    const other = await openTransaction(url);
    await other.query(
      `UPDATE portrait.pictures SET state = 'live', trashed_at = NULL WHERE id = '${restored}'`,
    );
    const purged = await first.beginPurge(new Date(Date.now() + 1_000), 10);
    await other.query('COMMIT');
    expect(purged.map(({ id }) => id)).toEqual([oldest]);
    expect(await liveOf(first)).toBe(restored);
  });

  it('agree after many concurrent writes, none of which fails', async () => {
    const { url, first, second } = await openTwo();
    const random = randomFrom(1);
    const failures: unknown[] = [];
    let left = 200;
    const write = async (_: unknown, index: number) => {
      while (left > 0) {
        left -= 1;
        await writeSomething(index % 2 === 0 ? first : second, random).catch((error) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
    expect(failures).toEqual([]);
    const states = await runSql(
      url,
      'SELECT state, count(*)::int AS count FROM portrait.pictures GROUP BY state',
    );
    const count = (state: string) => Number(states.find((row) => row['state'] === state)?.['count'] ?? 0);
    expect(count('live')).toBeLessThanOrEqual(1);
    expect(count('pending')).toBe(0);
    expect(count('trash') + count('deleting')).toBeGreaterThan(0);
    const last = await makeLive(second);
    expect(await liveOf(first)).toBe(last);
  });
});

describe('A running instance', () => {
  it('keeps its pending pictures and its files until it ends, even if another instance clears leftovers', async () => {
    const { first, second } = await openTwo();
    const store = await openPictureStore({ database: first });
    const other = await openPictureStore({ database: second, folder: store.folder });
    const pending = await store.accept('ann');
    const staging = await store.storage.stage(picturePath(`pic_${'0'.repeat(32)}`));
    const upload = join(store.uploadsDirectory, `${first.instance}-half.upload`);
    await writeFile(upload, 'half');

    await clearLeftovers(other);
    expect(await first.stateOf(pending)).toBe('pending');
    expect(await store.storage.exists(picturePath(pending))).toBe(true);
    expect(await readdir(staging.directory)).toEqual([]);
    expect(await readdir(store.uploadsDirectory)).toHaveLength(1);

    await first.close();
    await untilEnded(second, first.instance);
    await clearLeftovers(other);
    expect(await second.stateOf(pending)).toBeNull();
    expect(await store.storage.exists(picturePath(pending))).toBe(false);
    expect(await readdir(join(store.folder, 'pictures/.staging'))).toEqual([]);
    expect(await readdir(store.uploadsDirectory)).toEqual([]);
  });

  it('takes its lock again soon after it loses its session', async () => {
    const { url, first, second } = await openTwo();
    const holders = () =>
      runSql(
        url,
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
         AND ((classid::bigint << 32) | objid::bigint) = ('x${first.instance}')::bit(64)::bigint`,
      );
    const [before] = await holders();
    await runSql(url, `SELECT pg_terminate_backend(${before?.['pid']}, 5000)`);
    await expect.poll(holders).toEqual([{ pid: expect.any(Number) }]);
    expect(await holders()).not.toEqual([before]);
    expect(await second.findEndedInstances([first.instance])).toEqual(new Set());
  });

  it('abandons none of its own uploads, even while its session is lost', async () => {
    const url = await newPostgres();
    const database = await openInstance(url);
    const pending = await accept(database);
    // Sessions of other databases belong to tests that run at the same time.
    await runSql(
      url,
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
       WHERE locktype = 'advisory' AND datname = current_database()`,
    );
    await database.abandonLeftovers();
    expect(await database.stateOf(pending)).toBe('pending');
    expect(await database.findEndedInstances([database.instance])).toEqual(new Set());
  });
});

describe('A rate limit', () => {
  it('is shared by all instances', async () => {
    const { first, second } = await openTwo();
    const [here, there] = [first, second].map((database) =>
      database.openLimiter({ name: 'uploads', points: 3, duration: 3600 }),
    );
    await Promise.all([here?.consume('ann'), there?.consume('ann'), here?.consume('ann')]);
    await expect(there?.consume('ann')).rejects.toBeInstanceOf(RateLimiterRes);
    await expect(here?.consume('ann')).rejects.toBeInstanceOf(RateLimiterRes);
    expect((await there?.consume('bob'))?.remainingPoints).toBe(2);
  });

  it('starts again when its duration is over', async () => {
    const { url, first, second } = await openTwo();
    const limits = { name: 'uploads', points: 1, duration: 3600 };
    await first.openLimiter(limits).consume('ann');
    await expect(second.openLimiter(limits).consume('ann')).rejects.toBeInstanceOf(RateLimiterRes);
    await runSql(url, 'UPDATE portrait.counts SET expire = expire - 3600 * 1000');
    expect((await second.openLimiter(limits).consume('ann')).consumedPoints).toBe(1);
  });

  it('fails as busy, not as exceeded, while the database is locked', async () => {
    const { url, first } = await openTwo();
    const limiter = first.openLimiter({ name: 'uploads', points: 1, duration: 3600 });
    const other = await openTransaction(url);
    await other.query('LOCK TABLE portrait.counts IN ACCESS EXCLUSIVE MODE');
    await expect(limiter.consume('ann')).rejects.toBeInstanceOf(DatabaseBusyError);
    await other.query('ROLLBACK');
    expect((await limiter.consume('ann')).remainingPoints).toBe(0);
  });
});

describe('Exclusive work', () => {
  it('is skipped by the other instances while it runs', async () => {
    const { first, second } = await openTwo();
    const finish = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const ran = first.exclusively(() => {
      begun.resolve();
      return finish.promise;
    });
    await begun.promise;
    let alsoRan = false;
    const work = async () => {
      alsoRan = true;
    };
    expect(await second.exclusively(work)).toBe(false);
    expect(alsoRan).toBe(false);
    finish.resolve();
    expect(await ran).toBe(true);
    expect(await second.exclusively(work)).toBe(true);
    expect(alsoRan).toBe(true);
  });

  it('can run in another instance when the instance that ran it has ended', async () => {
    const { first, second } = await openTwo();
    const never = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    void first.exclusively(() => {
      begun.resolve();
      return never.promise;
    });
    await begun.promise;
    await first.close();
    await expect.poll(() => second.exclusively(async () => {})).toBe(true);
  });
});

async function untilEnded(database: PictureDatabase, instance: string): Promise<void> {
  await expect.poll(() => database.findEndedInstances([instance])).toEqual(new Set([instance]));
}

describe('The start of a move', () => {
  it('waits for writes in progress, and makes later writes fail', async () => {
    const url = await newPostgres();
    const database = await openInstance(url);
    const id = await makeLive(database);
    await using movable = await openMovablePostgres(url, createLogger('silent'));
    const other = new pg.Client(url);
    await other.connect();
    onTestFinished(() => other.end());
    await other.query("BEGIN; SELECT * FROM portrait.users WHERE id = 'ann' FOR UPDATE");
    const write = database.setAltText(ANN, 'Written before');
    await waitingForLocks(url, 1);
    const places = { database: 'elsewhere', storage: 'elsewhere' };
    const begun = movable.saveMove({ id: '1', side: 'from', finished: false, ...places, copied: 0 });
    await waitingForLocks(url, 2);
    await other.query('COMMIT');
    expect(await write).toBe(id);
    await begun;
    await expect(database.setAltText(ANN, 'Written after')).rejects.toThrow(DatabaseMovedError);
    expect(await movable.pictures(0)).toMatchObject([{ altText: 'Written before' }]);
  });
});
