import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openMovableSqlite } from '../../src/database/sqlite/sqlite-movable.ts';
import { removePicture } from '../../src/pictures/remove-picture.ts';
import { exportUser } from '../../src/upkeep/export-user.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ANN } from '../support/writers.ts';

it('The export of a user omits a picture that is deleted while its files are copied', async () => {
  const store = await openPictureStore();
  const [kept, removed] = [await store.makeLive('ann'), await store.makeLive('ann')];
  await using database = openMovableSqlite(join(store.folder, 'data/portrait.db'));
  const storage = {
    ...store.storage,
    async copyTo(path: string, directory: string) {
      const isCopied = await store.storage.copyTo(path, directory);
      await removePicture(store, ANN, { permanently: true });
      return isCopied;
    },
  };
  const folder = await temporaryFolder();
  const options = { folder, dryRun: false, onProgress: () => {} };
  const report = { known: true, pictures: 1, copied: 1, kept: 0, missing: [] };
  expect(await exportUser({ database, storage }, 'ann', options)).toEqual(report);
  expect(await readdir(join(folder, 'pictures'))).toEqual([kept]);
  expect(await readFile(join(folder, 'user.json'), 'utf8')).not.toContain(removed);
});
