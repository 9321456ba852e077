import { execFile } from 'node:child_process';
import { mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { deletePictures } from '../../src/pictures/remove-picture.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { reconcile } from '../../src/upkeep/reconcile.ts';
import { uploaded } from '../support/graphql.ts';
import { openPictureStore, type PictureStore } from '../support/picture-store.ts';
import { pictureFile } from '../support/pictures.ts';
import { environmentFor, portraitForTest } from '../support/portrait.ts';

const run = promisify(execFile);
const DAY = 24 * 60 * 60 * 1000;
const inTwoDays = () => new Date(Date.now() + 2 * DAY);

/** Stores a picture without a row. @returns its path. */
async function storeOrphan(store: PictureStore): Promise<string> {
  const id = await store.accept('ann');
  await store.database.abandon(id);
  await store.database.deleteRows([id]);
  return picturePath(id);
}

describe('Reconciling', () => {
  it('reports pictures without a row, and deletes nothing by default', async () => {
    const store = await openPictureStore();
    await store.makeLive('ann');
    const unknown = await storeOrphan(store);
    const report = await reconcile(store, { delete: false, force: false, now: inTwoDays() });
    expect(report).toEqual({ found: 2, unknown: [unknown], deleted: 0, stopped: false, missing: [] });
    expect(await store.storage.exists(unknown)).toBe(true);
  });

  it('deletes pictures without a row, and keeps live, trashed and pending pictures', async () => {
    const store = await openPictureStore();
    const kept = [await store.makeLive('ann'), await store.makeLive('ann'), await store.accept('bob')];
    const unknown = await storeOrphan(store);
    const report = await reconcile(store, { delete: true, force: false, now: inTwoDays() });
    expect(report.deleted).toBe(1);
    expect(await store.storage.exists(unknown)).toBe(false);
    for (const id of kept) {
      expect(await store.storage.exists(picturePath(id))).toBe(true);
    }
  });

  it('ignores pictures that are younger than a day', async () => {
    const store = await openPictureStore();
    await storeOrphan(store);
    const tomorrow = new Date(Date.now() + DAY - 60_000);
    expect((await reconcile(store, { delete: true, force: false, now: tomorrow })).unknown).toEqual([]);
  });

  it('ignores folders that are not named like pictures', async () => {
    const store = await openPictureStore();
    const foreignFolder = join(store.folder, 'pictures/3f/9a/holiday');
    await mkdir(foreignFolder, { recursive: true });
    await utimes(foreignFolder, new Date(0), new Date(0));
    expect(await reconcile(store, { delete: true, force: true, now: inTwoDays() })).toMatchObject({
      found: 0,
      unknown: [],
    });
  });

  it('reports live and trashed pictures whose files are missing', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const second = await store.makeLive('ann');
    await store.storage.delete([picturePath(first)]);
    await store.storage.delete([picturePath(second)]);
    const report = await reconcile(store, { delete: true, force: false, now: inTwoDays() });
    expect(report.missing).toEqual([first, second]);
  });

  it('does not report a picture as missing if the picture is deleted during the run', async () => {
    const store = await openPictureStore();
    const purged = await store.makeLive('ann');
    const lost = await store.makeLive('ann');
    await store.storage.delete([picturePath(lost)]);
    const options = { delete: false, force: false, now: inTwoDays() };
    const storedPictures = async function* () {
      for await (const batch of store.database.storedPictures()) {
        await deletePictures(store, await store.database.beginPurge(inTwoDays(), 1));
        yield batch;
      }
    };
    const report = await reconcile({ ...store, database: { ...store.database, storedPictures } }, options);
    expect(await store.database.stateOf(purged)).toBeNull();
    expect(report.missing).toEqual([lost]);
  });

  it('stops if suspiciously many pictures are unknown, unless forced', async () => {
    const store = await openPictureStore();
    for (let count = 0; count < 101; count += 1) {
      await storeOrphan(store);
    }
    const careful = await reconcile(store, { delete: true, force: false, now: inTwoDays() });
    expect(careful).toMatchObject({ found: 101, deleted: 0, stopped: true });
    const forced = await reconcile(store, { delete: true, force: true, now: inTwoDays() });
    expect(forced).toMatchObject({ deleted: 101, stopped: false });
  });

  it('stops if all pictures are unknown, even a single one, unless forced', async () => {
    const store = await openPictureStore();
    const unknown = await storeOrphan(store);
    const careful = await reconcile(store, { delete: true, force: false, now: inTwoDays() });
    expect(careful).toMatchObject({ unknown: [unknown], deleted: 0, stopped: true });
    const forced = await reconcile(store, { delete: true, force: true, now: inTwoDays() });
    expect(forced).toMatchObject({ deleted: 1, stopped: false });
  });
});

describe('npm run reconcile', () => {
  const main = join(import.meta.dirname, '../../src/boot.mjs');
  const command = (folder: string, ...options: string[]) =>
    run(process.execPath, [main, 'reconcile', ...options], { env: environmentFor(folder) });

  it('finds nothing to do next to a running server', async () => {
    const server = await portraitForTest();
    await uploaded(server, await pictureFile('photo.webp'));
    const { stdout } = await command(server.folder);
    expect(stdout).toBe(
      '1 pictures in the storage.\n0 unknown to the database (0 deleted), 0 with missing files.\n',
    );
  });

  it('is a dry run by default, deletes with --delete, and fails if files are missing', async () => {
    const server = await portraitForTest();
    const { profilePicture } = await uploaded(server, await pictureFile('photo.webp'));
    const unknownPath = `3f/9a/pic_3f9a${'0'.repeat(28)}`;
    const folder = join(server.folder, 'pictures', unknownPath);
    await mkdir(folder, { recursive: true });
    await utimes(folder, new Date(0), new Date(0));
    expect((await command(server.folder)).stdout).toContain(`unknown  ${unknownPath}`);
    expect(await server.pictures()).toHaveLength(2);
    expect((await command(server.folder, '--delete')).stdout).toContain('(1 deleted)');
    expect(await server.pictures()).toEqual([picturePath(profilePicture.id)]);
    await rm(join(server.folder, 'pictures', picturePath(profilePicture.id)), { recursive: true });
    await expect(command(server.folder)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`missing  ${profilePicture.id}`),
    });
  });
});
