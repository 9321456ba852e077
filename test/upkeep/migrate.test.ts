import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newInstance } from '../../src/database/instance.ts';
import { BATCH_SIZE } from '../../src/database/movable.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { openMovableSqlite } from '../../src/database/sqlite/sqlite-movable.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { type MoveOptions, type MoveSides, migrate } from '../../src/upkeep/migrate.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const REST = 10;
const PICTURES = BATCH_SIZE + REST;

it('A resumed move continues after the last finished batch, and copies every row, file and event once', async () => {
  const folder = await temporaryFolder();
  const database = openSqliteDatabase(join(folder, 'data/portrait.db'), { recordsChanges: true });
  const store = await openPictureStore({ folder, database });
  const ids: string[] = [];
  for (let number = 0; number < PICTURES; number += 1) {
    ids.push(await store.makeLive(`user-${number}`));
  }
  await store.database.close();

  const target = await temporaryFolder();
  const open = (folder: string) => {
    const database = openMovableSqlite(join(folder, 'data/portrait.db'));
    onTestFinished(() => database[Symbol.asyncDispose]());
    return database;
  };
  const [from, to] = [open(store.folder), open(target)];
  const storage = await openDiskStorage(join(target, 'pictures'), newInstance());
  const sides: MoveSides = {
    from: { database: from, storage: store.storage, storageName: 'file:///here' },
    to: { database: to, storage, storageName: 'file:///there' },
  };
  const run = (onProgress: MoveOptions['onProgress']) =>
    migrate(sides, { dryRun: false, id: '0123456789abcdef', prepare: async () => {}, onProgress });

  const interrupted = run((done) => {
    if (done > 0) {
      throw new Error('interrupted');
    }
  });
  await expect(interrupted).rejects.toThrow('interrupted');
  const [first] = await to.pictures(0);
  expect(await from.findMove()).toMatchObject({ finished: false, copied: BATCH_SIZE });
  expect(await to.count(0)).toEqual({ users: PICTURES, pictures: BATCH_SIZE });
  // If the move repeated the first batch, it would report this picture as missing.
  await store.storage.delete([first?.path as string]);

  const progress: [number, number][] = [];
  const report = await run((done, total) => progress.push([done, total]));
  expect(progress).toEqual([
    [BATCH_SIZE, PICTURES],
    [PICTURES, PICTURES],
  ]);
  expect(report).toEqual({ users: PICTURES, pictures: PICTURES, copied: REST, kept: 0, missing: [] });
  const moved = [...(await to.pictures(0)), ...(await to.pictures(BATCH_SIZE))];
  expect(moved.map(({ id }) => id)).toEqual(ids);
  const found = await Promise.all(ids.map((id) => storage.exists(picturePath(id))));
  expect(found).not.toContain(false);
  const events = [...(await to.events(0)), ...(await to.events(BATCH_SIZE))];
  expect(events.map(({ pictureId }) => pictureId)).toEqual(ids);
  expect(events.slice(0, BATCH_SIZE)).toEqual(await from.events(0));
});
