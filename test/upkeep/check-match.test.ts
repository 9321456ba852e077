import { describe, expect, it } from 'vitest';
import { checkMatch } from '../../src/upkeep/check-match.ts';
import { StorageMismatchError } from '../../src/upkeep/errors.ts';
import { openPictureStore } from '../support/picture-store.ts';

describe('A database and a storage', () => {
  it('match if both are empty, or if both contain the same picture', async () => {
    const store = await openPictureStore();
    await expect(checkMatch(store)).resolves.toBeUndefined();
    await store.makeLive('ann');
    await expect(checkMatch(store)).resolves.toBeUndefined();
  });

  it('match if the very first upload was interrupted', async () => {
    const published = await openPictureStore();
    await published.accept('ann');
    await expect(checkMatch(published)).resolves.toBeUndefined();
    const unpublished = await openPictureStore();
    await unpublished.accept('ann', { files: false });
    await expect(checkMatch(unpublished)).resolves.toBeUndefined();
  });

  it('do not match if only one of them is empty', async () => {
    const [full, empty] = [await openPictureStore(), await openPictureStore()];
    await full.makeLive('ann');
    for (const pair of [
      { database: full.database, storage: empty.storage },
      { database: empty.database, storage: full.storage },
    ]) {
      await expect(checkMatch(pair)).rejects.toThrow(StorageMismatchError);
    }
  });
});
