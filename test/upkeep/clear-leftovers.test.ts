import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DatabaseBusyError } from '../../src/database/errors.ts';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { openImaging } from '../../src/imaging/pool.ts';
import { Upload } from '../../src/multipart/upload.ts';
import { replacePicture } from '../../src/pictures/replace-picture.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { clearLeftovers } from '../../src/upkeep/clear-leftovers.ts';
import { sweep } from '../../src/upkeep/janitor.ts';
import { openPictureStore, type PictureStore } from '../support/picture-store.ts';
import { picturePath as pathOfTestPicture } from '../support/pictures.ts';
import { BOB, writerOf } from '../support/writers.ts';

const UUID = '3f2b8c1e-0000-4000-8000-000000000000';
const ENDED_INSTANCE = '0123456789abcdef';

/** Ends the instance of a store, and opens the store's folder as a new instance. */
async function reopen({ folder, database }: PictureStore): Promise<PictureStore> {
  await database.close();
  return openPictureStore({ folder });
}

describe('Startup', () => {
  it('clears pending and deleting pictures, published or not', async () => {
    const earlier = await openPictureStore();
    const published = await earlier.accept('ann');
    const unpublished = await earlier.accept('ann', { files: false });
    const deleting = await earlier.makeLive('bob');
    await earlier.database.beginDeletion(BOB);
    const store = await reopen(earlier);
    await clearLeftovers(store);
    expect(await Array.fromAsync(store.storage.list())).toEqual([]);
    for (const id of [published, unpublished, deleting]) {
      expect(await store.database.stateOf(id)).toBeNull();
    }
  });

  it('keeps live and trashed pictures', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const second = await store.makeLive('ann');
    await clearLeftovers(store);
    expect(await store.database.stateOf(first)).toBe('trash');
    expect(await store.database.stateOf(second)).toBe('live');
    expect(await store.storage.exists(picturePath(first))).toBe(true);
    expect(await store.storage.exists(picturePath(second))).toBe(true);
  });

  it('clears staged files and partial uploads, and keeps files with other names', async () => {
    const store = await openPictureStore();
    const staging = join(store.folder, 'pictures/.staging');
    await mkdir(join(staging, `${ENDED_INSTANCE}-half`));
    await writeFile(join(staging, `${ENDED_INSTANCE}-half/64.webp`), 'half');
    await writeFile(join(store.uploadsDirectory, `${ENDED_INSTANCE}-${UUID}.upload`), 'half');
    await writeFile(join(store.uploadsDirectory, `${ENDED_INSTANCE}-${UUID}.spool`), 'half');
    await writeFile(join(store.uploadsDirectory, 'notes.txt'), 'mine');
    await clearLeftovers(store);
    expect(await readdir(staging)).toEqual([]);
    expect(await readdir(store.uploadsDirectory)).toEqual(['notes.txt']);
  });

  it('keeps the uploads, staged files and pending pictures of a running instance', async () => {
    const store = await openPictureStore();
    const pending = await store.accept('ann');
    const staging = await store.storage.stage(picturePath(`pic_${'0'.repeat(32)}`));
    const upload = `${store.database.instance}-${UUID}.upload`;
    await writeFile(join(store.uploadsDirectory, upload), 'half');
    await clearLeftovers(store);
    expect(await readdir(store.uploadsDirectory)).toEqual([upload]);
    expect(await readdir(staging.directory)).toEqual([]);
    expect(await store.database.stateOf(pending)).toBe('pending');
    expect(await store.storage.exists(picturePath(pending))).toBe(true);
  });

  it('does not walk the storage, so a picture without a row stays', async () => {
    const store = await openPictureStore();
    const id = await store.accept('ann');
    await store.database.abandon(id);
    await store.database.deleteRows([id]);
    await clearLeftovers(store);
    expect(await store.storage.exists(picturePath(id))).toBe(true);
  });
});

it('A sweep clears an upload that failed while the database was locked', async () => {
  const store = await openPictureStore();
  const imaging = openImaging({ workers: 1 });
  onTestFinished(() => imaging.close());
  const other = new Sqlite(join(store.folder, 'data/portrait.db'));
  onTestFinished(() => void other.close());
  const upload = new Upload(() => {});
  const stream = createReadStream(pathOfTestPicture('photo-2725x2225.jpg'));
  upload.arrive(() => ({ fileName: 'me.jpg', mediaType: 'image/jpeg', stream }));
  const replaced = replacePicture(
    { ...store, imaging, acceptedTypes: ALL_TYPES, maxPixels: 51_000_000 },
    {
      author: writerOf('ann'),
      limit: async () => {},
      upload,
      crop: undefined,
      altText: undefined,
      signal: new AbortController().signal,
    },
  );
  const states = other.prepare('SELECT state FROM pictures').pluck();
  await vi.waitUntil(() => states.get() === 'pending', { interval: 1, timeout: 10_000 });
  other.exec('BEGIN IMMEDIATE');
  await expect(replaced).rejects.toThrow(DatabaseBusyError);
  other.exec('COMMIT');
  expect([states.get(), store.pendingCleanup.size]).toEqual(['pending', 1]);
  await sweep(store, new Date());
  expect([states.all(), store.pendingCleanup.size]).toEqual([[], 0]);
  expect(await Array.fromAsync(store.storage.list())).toEqual([]);
});
