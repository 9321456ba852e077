import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DatabaseInUseError } from '../../src/database/errors.ts';
import { newInstance } from '../../src/database/instance.ts';
import { copySqlite, makeSqliteCopy } from '../../src/database/sqlite/sqlite-copy.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { openMovableSqlite } from '../../src/database/sqlite/sqlite-movable.ts';
import { removePicture } from '../../src/pictures/remove-picture.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { type PictureStorage, picturePath } from '../../src/storage/storage.ts';
import { type BackupReport, copyToBackup } from '../../src/upkeep/copy-to-backup.ts';
import { openPictureStore, type PictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BOB } from '../support/writers.ts';

interface Target {
  readonly folder: string;
  readonly storage: PictureStorage;
}

async function newTarget(): Promise<Target> {
  const folder = await temporaryFolder();
  return { folder, storage: await openDiskStorage(join(folder, 'pictures'), newInstance()) };
}

/** Backs a store up, whose storage may be given another behaviour. */
function run(
  store: PictureStore,
  { folder, storage }: Target,
  source = store.storage,
): Promise<BackupReport> {
  return makeSqliteCopy(
    join(folder, 'portrait.db'),
    async (draft) => copySqlite(join(store.folder, 'data/portrait.db'), draft),
    (copy) => copyToBackup({ database: store.database, storage: source }, { ...copy, storage }),
  );
}

/** What a backup's database knows at all, what of it is stored, and what lies in its storage. */
async function contentOf({ folder, storage }: Target) {
  const database = openSqliteDatabase(join(folder, 'portrait.db'), { mustExist: true });
  const named = (await Array.fromAsync(database.storedPictures())).flat().map(({ path }) => path);
  await database.close();
  const client = new Sqlite(join(folder, 'portrait.db'));
  const known = client.prepare<[], { path: string }>('SELECT path FROM pictures').all();
  client.close();
  const stored = (await Array.fromAsync(storage.list())).map(({ path }) => path);
  return { known: known.map(({ path }) => path).sort(), named: named.sort(), stored: stored.sort() };
}

describe('A backup', () => {
  it('holds what is live or in the trash, with its files, and nothing that is unfinished', async () => {
    const store = await openPictureStore();
    const kept = [await store.makeLive('ann'), await store.makeLive('ann')].map(picturePath).sort();
    await store.accept('ann');
    await store.makeLive('bob');
    await store.database.beginDeletion(BOB);
    const target = await newTarget();
    // That the original is being moved does not concern the copy.
    await using original = openMovableSqlite(join(store.folder, 'data/portrait.db'));
    const places = { database: 'elsewhere', storage: 'elsewhere' };
    await original.saveMove({ id: '1', side: 'from', finished: false, ...places, copied: 0 });
    expect(await run(store, target)).toEqual({ copied: 2, kept: 0, deleted: 0, missing: [] });
    expect(await contentOf(target)).toEqual({ known: kept, named: kept, stored: kept });
    await using copy = openMovableSqlite(join(target.folder, 'portrait.db'));
    expect(await copy.findMove()).toBeUndefined();
    await copy[Symbol.asyncDispose]();
    expect((await readdir(target.folder)).sort()).toEqual(['pictures', 'portrait.db', 'portrait.db.lock']);
  });

  it('copies only what an earlier one has not, which stays restorable meanwhile and afterwards', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const target = await newTarget();
    await run(store, target);
    const second = await store.makeLive('bob');
    const before = await contentOf(target);
    const broken: PictureStorage = {
      ...store.storage,
      copyTo: async () => {
        expect(await contentOf(target)).toEqual(before);
        throw new Error('the disk is gone');
      },
    };
    await expect(run(store, target, broken)).rejects.toThrow('the disk is gone');
    expect(await contentOf(target)).toEqual(before);
    expect(await run(store, target)).toEqual({ copied: 1, kept: 1, deleted: 0, missing: [] });
    const both = [first, second].map(picturePath).sort();
    expect(await contentOf(target)).toEqual({ known: both, named: both, stored: both });
  });

  it.for([
    { when: 'before', copied: false },
    { when: 'after', copied: true },
  ])('does not name a picture that is deleted right $when its files are copied', async ({ copied }) => {
    const store = await openPictureStore();
    const kept = picturePath(await store.makeLive('ann'));
    await store.makeLive('bob');
    const target = await newTarget();
    const deleting: PictureStorage = {
      ...store.storage,
      async copyTo(path, directory) {
        const result = copied && (await store.storage.copyTo(path, directory));
        await removePicture(store, BOB, { permanently: true });
        return copied ? result : store.storage.copyTo(path, directory);
      },
    };
    expect(await run(store, target, deleting)).toEqual({ copied: 1, kept: 0, deleted: 1, missing: [] });
    expect(await contentOf(target)).toEqual({ known: [kept], named: [kept], stored: [kept] });
    expect(await readdir(join(target.folder, 'pictures/.staging'))).toEqual([]);
  });

  it('tells of pictures whose files were missing before, and names them still', async () => {
    const store = await openPictureStore();
    const [id, other] = [await store.makeLive('ann'), await store.makeLive('bob')];
    await store.storage.delete([picturePath(id)]);
    const target = await newTarget();
    expect(await run(store, target)).toEqual({ copied: 1, kept: 0, deleted: 0, missing: [id] });
    expect((await contentOf(target)).stored).toEqual([picturePath(other)]);
  });

  it('is not begun while another one writes to the same folder', async () => {
    const store = await openPictureStore();
    await store.makeLive('ann');
    const target = await newTarget();
    const second: PictureStorage = {
      ...store.storage,
      async copyTo(path, directory) {
        await expect(run(store, target)).rejects.toThrow(DatabaseInUseError);
        return store.storage.copyTo(path, directory);
      },
    };
    expect(await run(store, target, second)).toMatchObject({ copied: 1 });
  });
});
