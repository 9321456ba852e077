import { existsSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PictureDatabase } from '../../src/database/database.ts';
import { DatabaseBusyError, DatabaseUnusableError } from '../../src/database/errors.ts';
import { MAX_WAIT_MS } from '../../src/database/outbox.ts';
import { openSqlite } from '../../src/database/sqlite/open-sqlite.ts';
import { copySqlite, makeSqliteCopy } from '../../src/database/sqlite/sqlite-copy.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { openMovableSqlite } from '../../src/database/sqlite/sqlite-movable.ts';
import { describeDatabase, type OpenedDatabase } from '../contract/database-contract.ts';
import { describeMigration } from '../contract/migration-contract.ts';
import { describeModeration } from '../contract/moderation-contract.ts';
import { describeMovable } from '../contract/movable-contract.ts';
import { describeOutbox } from '../contract/outbox-contract.ts';
import { describeUserDeletion } from '../contract/user-deletion-contract.ts';
import { migrationsBefore } from '../support/earlier-migrations.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ANN, BOB } from '../support/writers.ts';

async function openHere(): Promise<OpenedDatabase & { path: string }> {
  const path = join(await temporaryFolder(), 'new/folder/portrait.db');
  const open = async () => {
    const database = openSqliteDatabase(path);
    onTestFinished(() => database.close());
    return database;
  };
  return { path, database: await open(), openAgain: open };
}

const PICTURE = {
  id: `pic_${'a'.repeat(32)}`,
  path: `aa/aa/pic_${'a'.repeat(32)}`,
  userId: 'ann',
  fileName: 'me.jpg',
  altText: null,
  acceptedAt: new Date(),
};

describeDatabase('SQLite', openHere);
describeUserDeletion('SQLite', async () => (await openHere()).database);

describeModeration('SQLite', async () => (await openHere()).database);

describeMigration('SQLite', {
  schema: '',
  time: '1767225600000',
  sizes: "'[64]'",
  async open(rows) {
    const path = join(await temporaryFolder(), 'portrait.db');
    const client = new Sqlite(path);
    migrate(drizzle({ client }), {
      migrationsFolder: await migrationsBefore('sqlite', '0004_upload_blocks'),
    });
    client.exec(rows);
    client.close();
    const database = openSqliteDatabase(path);
    onTestFinished(() => database.close());
    return database;
  },
});

describeMovable('SQLite', async () => {
  const path = join(await temporaryFolder(), 'portrait.db');
  return {
    async openMovable() {
      const movable = openMovableSqlite(path);
      onTestFinished(() => movable[Symbol.asyncDispose]());
      return movable;
    },
    async openServing(storage) {
      const database = openSqliteDatabase(path, { storage });
      onTestFinished(() => database.close());
      return database;
    },
  };
});

describeOutbox('SQLite', async () => {
  const path = join(await temporaryFolder(), 'portrait.db');
  const open = async (recordsChanges: boolean) => {
    const database = openSqliteDatabase(path, { recordsChanges });
    onTestFinished(() => database.close());
    return database;
  };
  const database = await open(true);
  const movable = openMovableSqlite(path);
  onTestFinished(() => movable[Symbol.asyncDispose]());
  return { database, movable, openSilent: () => open(false) };
});

it('SQLite soon gives out events that were recorded before its clock was set back', async () => {
  const path = join(await temporaryFolder(), 'portrait.db');
  const database = openSqliteDatabase(path, { recordsChanges: true });
  onTestFinished(() => database.close());
  await using movable = openMovableSqlite(path);
  await database.setUploadBlock(ANN, { until: null, reason: null }, new Date());
  const events = await movable.events(0);
  const HOUR_MS = 3_600_000;
  const copies = events.flatMap((event) =>
    [MAX_WAIT_MS + HOUR_MS, MAX_WAIT_MS - HOUR_MS].map((wait, index) => ({
      ...event,
      sequence: event.sequence + 1 + index,
      userId: `waits-${wait}`,
      nextAttemptAt: new Date(Date.now() + wait),
    })),
  );
  await movable.addEvents(copies);
  const claimed = await database.outbox?.claim(9);
  expect(claimed?.map(({ userId }) => userId)).toEqual(['ann', `waits-${MAX_WAIT_MS + HOUR_MS}`]);
  expect(await database.outbox?.claim(9)).toEqual([]);
});

describe('An SQLite database', () => {
  it('commits to the disk, with WAL, synchronous FULL, foreign keys and secure deletion', async () => {
    const { drizzle, close } = openSqlite(join(await temporaryFolder(), 'portrait.db'));
    onTestFinished(close);
    expect(drizzle.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(drizzle.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(drizzle.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    expect(drizzle.get('PRAGMA secure_delete')).toEqual({ secure_delete: 1 });
  });

  it('keeps its rows when it is closed and opened again', async () => {
    const { path, database } = await openHere();
    await database.accept(PICTURE, ANN);
    await database.close();
    const again = openSqliteDatabase(path);
    onTestFinished(() => again.close());
    expect(await again.stateOf(PICTURE.id)).toBe('pending');
  });

  it('writes as soon as another process releases its lock', async () => {
    const { path, database } = await openHere();
    const other = new Sqlite(path);
    onTestFinished(() => {
      other.close();
    });
    other.exec('BEGIN IMMEDIATE');
    const accepted = database.accept(PICTURE, ANN);
    // The write is waiting without blocking the process.
    await expect(database.check()).resolves.toBeUndefined();
    other.exec('COMMIT');
    await accepted;
    expect(await database.stateOf(PICTURE.id)).toBe('pending');
  });

  it('rejects writes as busy while another process keeps its lock, and changes nothing', async () => {
    const { path, database } = await openHere();
    const other = new Sqlite(path);
    onTestFinished(() => {
      other.close();
    });
    other.exec('BEGIN IMMEDIATE');
    await expect(database.accept(PICTURE, ANN)).rejects.toThrow(DatabaseBusyError);
    other.exec('COMMIT');
    expect(await database.stateOf(PICTURE.id)).toBeNull();
  });

  it('rejects writes while its file is deleted or replaced, and accepts them when the file is back', async () => {
    const { path, database } = await openHere();
    await database.accept(PICTURE, ANN);
    await rename(path, `${path}.away`);
    for (const put of [async () => {}, () => copyFile(`${path}.away`, path)]) {
      await put();
      await expect(database.abandon(PICTURE.id)).rejects.toThrow(DatabaseBusyError);
      await expect(database.check()).rejects.toThrow(DatabaseBusyError);
      expect(await database.stateOf(PICTURE.id)).toBe('pending');
    }
    await rename(`${path}.away`, path);
    await database.check();
    expect(await database.abandon(PICTURE.id)).toBe('deleting');
  });

  it('is not created if the caller requires an existing file', async () => {
    const path = join(await temporaryFolder(), 'portrait.db');
    expect(() => openSqliteDatabase(path, { mustExist: true })).toThrow(DatabaseUnusableError);
    expect(existsSync(path)).toBe(false);
  });

  it('finds a hundred users and their pictures with one statement, without a promise', async () => {
    const statements: string[] = [];
    const database = openSqliteDatabase(join(await temporaryFolder(), 'portrait.db'), {
      onStatement: (sql) => statements.push(sql),
    });
    onTestFinished(() => database.close());
    statements.length = 0;
    const ids = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    expect(database.findUsers(ids)).toEqual(new Map());
    expect(statements).toHaveLength(1);
  });

  it('finds an avatar with one statement, without a promise', async () => {
    const statements: string[] = [];
    const database = openSqliteDatabase(join(await temporaryFolder(), 'portrait.db'), {
      onStatement: (sql) => statements.push(sql),
    });
    onTestFinished(() => database.close());
    await database.accept(PICTURE, ANN);
    statements.length = 0;
    expect(database.findAvatarNow('ann')).toEqual({ name: 'Ann', picture: null });
    expect(statements).toHaveLength(1);
    expect(await database.findAvatar('ann')).toEqual(database.findAvatarNow('ann'));
  });

  it('leaves the outbox out of a backup, so that a restored server repeats no webhooks', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'portrait.db');
    const database = openSqliteDatabase(path, { recordsChanges: true });
    onTestFinished(() => database.close());
    await useEverything(database);
    const target = join(folder, 'backup.db');
    await makeSqliteCopy(
      target,
      async (draft) => copySqlite(path, draft),
      async () => {},
    );
    for (const [file, isEmpty] of [
      [path, false],
      [target, true],
    ] as const) {
      const movable = openMovableSqlite(file);
      onTestFinished(() => movable[Symbol.asyncDispose]());
      expect((await movable.events(0)).length === 0, file).toBe(isEmpty);
    }
  });

  it('finds the rows of every statement by an index, and scans no table', async () => {
    const path = join(await temporaryFolder(), 'portrait.db');
    const statements: string[] = [];
    const onStatement = (sql: string) => statements.push(sql);
    const database = openSqliteDatabase(path, { recordsChanges: true, onStatement });
    onTestFinished(() => database.close());
    statements.length = 0;
    await useEverything(database);
    await useOutbox(database);
    const client = new Sqlite(path, { readonly: true });
    onTestFinished(() => {
      client.close();
    });
    const own = statements.filter((sql) => /\b(users|pictures|outbox)\b/.test(sql));
    expect(own.length).toBeGreaterThan(20);
    const scanning = own.filter((sql) =>
      client
        .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .some(({ detail }) => /^SCAN (users|pictures|live|outbox)\b/.test(detail)),
    );
    expect(scanning).toEqual([]);
  });
});

/** Calls every method at least once, with rows to find. */
async function useEverything(database: PictureDatabase): Promise<void> {
  const details = { width: 64, height: 64, sizes: [64], placeholder: 'data:', dominantColor: '#000000' };
  await database.accept(PICTURE, ANN);
  await database.settle(PICTURE.id, 'ann', details, new Date());
  await database.setAltText(ANN, 'Ann');
  await database.moveToTrash(ANN, new Date());
  await database.restore(ANN, new Date());
  await database.setUploadBlock(ANN, { until: null, reason: null }, new Date());
  await database.findUploadBlock('ann', new Date());
  await database.findRestricted(['ann', 'bob'], 'ann', new Date());
  await database.setUploadBlock(ANN, null, new Date());
  await database.findUsers(['ann']);
  await database.findUsers(['ann', 'bob']);
  await database.findAvatar('ann');
  await database.setAltText({ ...ANN, emailHashes: { md5: 'md5', sha256: 'sha256' } }, 'Ann');
  await database.findPictureByEmail({ md5: 'md5' });
  await database.findPictureByEmail({ sha256: 'sha256' });
  await database.knownPaths([PICTURE.path]);
  await Array.fromAsync(database.storedPictures());
  await database.moveToTrash(ANN, new Date());
  await database.beginPurge(new Date(Date.now() + 1_000), 10);
  await database.findDeleting();
  await database.stateOf(PICTURE.id);
  await database.abandon(PICTURE.id);
  await database.abandonLeftovers();
  await database.deleteRows([PICTURE.id]);
  await database.beginDeletion(ANN);
  await database.countDeletions('ann');
  await database.beginUserDeletion('ann', null, new Date());
  await database.finishUserDeletions('ann');
  await database.finishUserDeletions();
  await database.check();
}

/** Calls every method of the outbox, with events to find. */
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
  expect(await outbox?.dropExcess({ events: 1, age: 0 })).toBeGreaterThan(1);
}
