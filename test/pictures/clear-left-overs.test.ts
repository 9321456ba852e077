import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clearLeftOvers } from '../../src/pictures/clear-left-overs.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { openPictureStore } from '../support/picture-store.ts';

const UUID = '3f2b8c1e-0000-4000-8000-000000000000';

describe('Start-up', () => {
  it('clears what rows name as pending or deleting, published or not', async () => {
    const store = await openPictureStore();
    const published = await store.accept('ann');
    const unpublished = await store.accept('ann', { files: false });
    const deleting = await store.makeLive('bob');
    await store.database.beginDeletion('bob');
    await clearLeftOvers(store);
    expect(await Array.fromAsync(store.storage.list())).toEqual([]);
    for (const id of [published, unpublished, deleting]) {
      expect(await store.database.stateOf(id)).toBeNull();
    }
  });

  it('keeps live pictures and the trash', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const second = await store.makeLive('ann');
    await clearLeftOvers(store);
    expect(await store.database.stateOf(first)).toBe('trash');
    expect(await store.database.stateOf(second)).toBe('live');
    expect(await store.storage.exists(picturePath(first))).toBe(true);
    expect(await store.storage.exists(picturePath(second))).toBe(true);
  });

  it('clears staging and half received files, and touches no file of another name', async () => {
    const store = await openPictureStore();
    await mkdir(join(store.folder, 'pictures/.staging/half'));
    await writeFile(join(store.folder, 'pictures/.staging/half/64.webp'), 'half');
    await writeFile(join(store.uploadsDirectory, `${UUID}.upload`), 'half');
    await writeFile(join(store.uploadsDirectory, `${UUID}.spool`), 'half');
    await writeFile(join(store.uploadsDirectory, 'notes.txt'), 'mine');
    await clearLeftOvers(store);
    expect(await readdir(join(store.folder, 'pictures/.staging'))).toEqual([]);
    expect(await readdir(store.uploadsDirectory)).toEqual(['notes.txt']);
  });

  it('does not walk the storage: a picture that no row names stays', async () => {
    const store = await openPictureStore();
    const id = await store.accept('ann');
    await store.database.forget(id);
    await clearLeftOvers(store);
    expect(await store.storage.exists(picturePath(id))).toBe(true);
  });
});
