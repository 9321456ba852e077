import { copyFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DatabaseInUseError } from '../../src/database/errors.ts';
import { newInstance } from '../../src/database/instance.ts';
import { copySqlite, makeSqliteCopy } from '../../src/database/sqlite/sqlite-copy.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { openMovableSqlite } from '../../src/database/sqlite/sqlite-movable.ts';
import { deleteUser } from '../../src/pictures/delete-user.ts';
import { removePicture } from '../../src/pictures/remove-picture.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { type PictureStorage, picturePath } from '../../src/storage/storage.ts';
import { type BackupReport, copyToBackup } from '../../src/upkeep/copy-to-backup.ts';
import { filesWith } from '../support/find-bytes.ts';
import { openPictureStore, type PictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BOB, writerOf } from '../support/writers.ts';

interface Target {
  readonly folder: string;
  readonly storage: PictureStorage;
}

async function newTarget(): Promise<Target> {
  const folder = await temporaryFolder();
  return { folder, storage: await openDiskStorage(join(folder, 'pictures'), newInstance()) };
}

/** Backs up a store. @param source storage to copy from, such as a storage that fails. */
function backUp(
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

/** Returns the sorted paths of a backup: of all its rows, of rows whose files must exist, and of its files. */
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
  it('contains the live and trashed pictures with their files, and nothing unfinished', async () => {
    const store = await openPictureStore();
    const kept = [await store.makeLive('ann'), await store.makeLive('ann')].map(picturePath).sort();
    await store.accept('ann');
    await store.makeLive('bob');
    await store.database.beginDeletion(BOB);
    const target = await newTarget();
    // The backup does not inherit the move of the original.
    await using original = openMovableSqlite(join(store.folder, 'data/portrait.db'));
    const places = { database: 'elsewhere', storage: 'elsewhere' };
    await original.saveMove({ id: '1', side: 'from', finished: false, ...places, copied: 0 });
    expect(await backUp(store, target)).toEqual({ copied: 2, kept: 0, deleted: 0, missing: [], removed: 0 });
    expect(await contentOf(target)).toEqual({ known: kept, named: kept, stored: kept });
    await using copy = openMovableSqlite(join(target.folder, 'portrait.db'));
    expect(await copy.findMove()).toBeUndefined();
    await copy[Symbol.asyncDispose]();
    const names = ['inventory.db', 'pictures', 'portrait.db', 'portrait.db.lock'];
    expect((await readdir(target.folder)).sort()).toEqual(names);
  });

  it('copies only new pictures, and the earlier backup stays restorable until the new backup is complete', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const target = await newTarget();
    await backUp(store, target);
    const second = await store.makeLive('bob');
    const before = await contentOf(target);
    const broken: PictureStorage = {
      ...store.storage,
      copyTo: async () => {
        expect(await contentOf(target)).toEqual(before);
        throw new Error('the disk is gone');
      },
    };
    await expect(backUp(store, target, broken)).rejects.toThrow('the disk is gone');
    expect(await contentOf(target)).toEqual(before);
    expect(await backUp(store, target)).toEqual({ copied: 1, kept: 1, deleted: 0, missing: [], removed: 0 });
    const both = [first, second].map(picturePath).sort();
    expect(await contentOf(target)).toEqual({ known: both, named: both, stored: both });
  });

  it.for([
    { when: 'before', copied: false },
    { when: 'after', copied: true },
  ])('omits a picture that is deleted just $when its files are copied', async ({ copied }) => {
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
    expect(await backUp(store, target, deleting)).toEqual({
      copied: 1,
      kept: 0,
      deleted: 1,
      missing: [],
      removed: 0,
    });
    expect(await contentOf(target)).toEqual({ known: [kept], named: [kept], stored: [kept] });
    expect(await readdir(join(target.folder, 'pictures/.staging'))).toEqual([]);
  });

  it('reports pictures whose files were already missing, and keeps their rows', async () => {
    const store = await openPictureStore();
    const [id, other] = [await store.makeLive('ann'), await store.makeLive('bob')];
    await store.storage.delete([picturePath(id)]);
    const target = await newTarget();
    expect(await backUp(store, target)).toEqual({
      copied: 1,
      kept: 0,
      deleted: 0,
      missing: [id],
      removed: 0,
    });
    expect((await contentOf(target)).stored).toEqual([picturePath(other)]);
  });

  it('removes pictures of users who were deleted since the earlier backup, and no others', async () => {
    const store = await openPictureStore();
    const [ann, cid] = ['user-of-ann', 'user-of-cid'] as const;
    const [ofAnn, ofBob, ofCid] = [
      await store.makeLive(ann),
      await store.makeLive('bob'),
      await store.makeLive(cid),
    ];
    const target = await newTarget();
    await backUp(store, target);
    await removePicture(store, BOB, { permanently: true });
    await deleteUser(store, { subject: ann, actor: null });
    const again = await store.makeLive(ann);
    // This deletion is not finished.
    await store.database.beginUserDeletion(cid, null, new Date());

    // Another database does not know the pictures either, but has not deleted these users.
    const database = join(target.folder, 'portrait.db');
    await copyFile(database, `${database}.earlier`);
    const other = await openPictureStore();
    await other.makeLive('dan');
    await deleteUser(other, { subject: 'dan', actor: null });
    expect(await backUp(other, target)).toMatchObject({ removed: 0 });
    await rename(`${database}.earlier`, database);
    expect((await contentOf(target)).stored).toEqual([ofAnn, ofBob, ofCid].map(picturePath).sort());

    expect(await backUp(store, target)).toEqual({ copied: 1, kept: 0, deleted: 0, missing: [], removed: 2 });
    expect(await contentOf(target)).toEqual({
      known: [picturePath(again)],
      named: [picturePath(again)],
      stored: [again, ofBob].map(picturePath).sort(),
    });
    expect(await filesWith(target.folder, [cid, ofAnn])).toEqual([]);
    expect(await backUp(store, target)).toMatchObject({ kept: 1, removed: 0 });
  });

  it('also removes pictures that the last backup did not name: removed earlier, or copied by an interrupted run', async () => {
    const store = await openPictureStore();
    const kept = await store.makeLive('user-of-ann');
    const target = await newTarget();
    await store.makeLive('bob');
    await backUp(store, target);
    await removePicture(store, BOB, { permanently: true });
    await backUp(store, target);

    const later = [await store.makeLive('bob'), await store.makeLive('user-of-ann')];
    const broken: PictureStorage = {
      ...store.storage,
      copyTo: async (path, directory) => {
        if (path === picturePath(later[1] as string)) {
          throw new Error('the disk is gone');
        }
        return store.storage.copyTo(path, directory);
      },
    };
    await expect(backUp(store, target, broken)).rejects.toThrow('the disk is gone');
    expect((await contentOf(target)).stored).toHaveLength(3);
    await deleteUser(store, { subject: 'bob', actor: null });
    expect(await backUp(store, target)).toMatchObject({ copied: 1, kept: 1, removed: 2 });
    expect((await contentOf(target)).stored).toEqual([kept, later[1] as string].map(picturePath).sort());
    expect(await backUp(store, target)).toMatchObject({ kept: 2, removed: 0 });

    // The list forgets pictures that `reconcile --delete` has deleted.
    await removePicture(store, writerOf('user-of-ann'), { permanently: true });
    await target.storage.delete([picturePath(later[1] as string)]);
    await backUp(store, target);
    const client = new Sqlite(join(target.folder, 'inventory.db'), { readonly: true });
    expect(client.prepare('SELECT path FROM inventory').pluck().all()).toEqual([picturePath(kept)]);
    client.close();
  });

  it('does not start while another backup writes to the same folder', async () => {
    const store = await openPictureStore();
    await store.makeLive('ann');
    const target = await newTarget();
    const second: PictureStorage = {
      ...store.storage,
      async copyTo(path, directory) {
        await expect(backUp(store, target)).rejects.toThrow(DatabaseInUseError);
        return store.storage.copyTo(path, directory);
      },
    };
    expect(await backUp(store, target, second)).toMatchObject({ copied: 1 });
  });
});
