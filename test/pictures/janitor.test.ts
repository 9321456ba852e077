import { describe, expect, it } from 'vitest';
import { sweep, TRASH_MS } from '../../src/pictures/janitor.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { openPictureStore } from '../support/picture-store.ts';

const MINUTE = 60_000;

describe('The janitor', () => {
  it('keeps what has been in the trash for less than 7 days, and deletes the rest with its row', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const second = await store.makeLive('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS - MINUTE))).toBe(0);
    expect(await store.storage.exists(picturePath(first))).toBe(true);
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(1);
    expect(await store.storage.exists(picturePath(first))).toBe(false);
    expect(await store.database.stateOf(first)).toBeNull();
    expect(await store.database.stateOf(second)).toBe('live');
    expect(await store.storage.exists(picturePath(second))).toBe(true);
  });

  it('finishes a deletion that failed half way', async () => {
    const store = await openPictureStore();
    const id = await store.makeLive('ann');
    await store.database.beginDeletion('ann');
    expect(await sweep(store, new Date())).toBe(0);
    expect(await store.storage.exists(picturePath(id))).toBe(false);
    expect(await store.database.stateOf(id)).toBeNull();
  });

  it('leaves alone an upload that is under way', async () => {
    const store = await openPictureStore();
    const pending = await store.accept('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(0);
    expect(await store.database.stateOf(pending)).toBe('pending');
    expect(await store.storage.exists(picturePath(pending))).toBe(true);
  });

  it('empties a trash of more than one portion', async () => {
    const store = await openPictureStore();
    for (let count = 0; count < 120; count += 1) {
      await store.makeLive('ann');
    }
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(119);
    expect(await Array.fromAsync(store.storage.list())).toHaveLength(1);
  });
});
