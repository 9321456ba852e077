import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newInstance } from '../../src/database/instance.ts';
import { PORTION } from '../../src/database/movable.ts';
import { openMovableSqlite } from '../../src/database/sqlite/sqlite-movable.ts';
import { type MoveOptions, type MoveSides, move } from '../../src/upkeep/migrate.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const REST = 10;
const PICTURES = PORTION + REST;

it('A move goes on after the last portion that it has finished, and brings every row and file once', async () => {
  const store = await openPictureStore();
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
    move(sides, { dryRun: false, id: '0123456789abcdef', prepare: async () => {}, onProgress });

  const brokenOff = run((done) => {
    if (done > 0) {
      throw new Error('broken off');
    }
  });
  await expect(brokenOff).rejects.toThrow('broken off');
  const [first] = await to.pictures(0);
  expect(await from.findMove()).toMatchObject({ finished: false, copied: PORTION });
  expect(await to.count(0)).toEqual({ users: PICTURES, pictures: PORTION });
  // Were the first portion gone through again, this one would be missed there.
  await store.storage.delete([first?.path as string]);

  const progress: [number, number][] = [];
  const report = await run((done, total) => progress.push([done, total]));
  expect(progress).toEqual([
    [PORTION, PICTURES],
    [PICTURES, PICTURES],
  ]);
  expect(report).toEqual({ users: PICTURES, pictures: PICTURES, copied: REST, kept: 0, missing: [] });
  const moved = [...(await to.pictures(0)), ...(await to.pictures(PORTION))];
  expect(moved.map(({ id }) => id)).toEqual(ids);
  const there = await Promise.all(ids.map((id) => storage.exists(picturePath(id))));
  expect(there).not.toContain(false);
});
