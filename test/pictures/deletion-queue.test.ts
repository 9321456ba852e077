import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TRASH_LIMIT } from '../../src/database/database.ts';
import { createDeletionQueue } from '../../src/pictures/create-deletion-queue.ts';
import { removePicture } from '../../src/pictures/remove-picture.ts';
import { restorePicture } from '../../src/pictures/restore-picture.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { sweep } from '../../src/upkeep/janitor.ts';
import { uploaded } from '../support/graphql.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { ANN } from '../support/writers.ts';

const storedIds = async (store: Awaited<ReturnType<typeof openPictureStore>>) =>
  (await Array.fromAsync(store.storage.list())).map(({ path }) => path.split('/').at(-1)).sort();

async function fillTrash(store: Awaited<ReturnType<typeof openPictureStore>>): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length <= TRASH_LIMIT) {
    ids.push(await store.makeLive('ann'));
  }
  return ids;
}

it('A user who uploads repeatedly has a bounded number of pictures on the disk', async () => {
  const server = await portraitForTest({ env: { UPLOADS_PER_HOUR: '0' } });
  const file = await pictureFile('cmyk.jpg');
  for (let count = 0; count < TRASH_LIMIT + 5; count += 1) {
    await uploaded(server, file);
  }
  await expect.poll(() => server.pictures()).toHaveLength(TRASH_LIMIT + 1);
  expect(await server.end('SIGTERM')).toBe(0);
  expect(server.logWithoutAudit()).toBe('');
});

it('A removal with a full trash deletes the files and the row of the oldest picture, and keeps the others', async () => {
  const store = await openPictureStore();
  const ids = await fillTrash(store);
  await removePicture(store, ANN, { permanently: false });
  await expect.poll(() => store.database.stateOf(ids[0] as string)).toBeNull();
  expect(await storedIds(store)).toEqual(ids.slice(1).sort());
  await restorePicture(store, ANN);
  expect((await store.database.findUsers(['ann'])).get('ann')?.picture?.id).toBe(ids.at(-1));
});

it('A removal succeeds even if an old picture cannot be deleted, and a later sweep deletes that picture', async () => {
  const store = await openPictureStore();
  const ids = await fillTrash(store);
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const deletionQueue = createDeletionQueue({ ...store, logger });
  const folder = join(store.folder, 'pictures', picturePath(ids[0] as string), '..');
  await rename(folder, `${folder}.away`);
  await writeFile(folder, 'no folder');
  await removePicture({ ...store, deletionQueue }, ANN, { permanently: false });
  await expect.poll(() => lines.join()).toContain('Could not delete pictures; the next sweep retries');
  expect(await store.database.stateOf(ids[0] as string)).toBe('deleting');
  await rm(folder);
  await rename(`${folder}.away`, folder);
  await sweep(store, new Date());
  expect(await storedIds(store)).toEqual(ids.slice(1).sort());
});

it('A server that shuts down deletes queued pictures at once, and waits until they are deleted', async () => {
  const store = await openPictureStore();
  const ids = await fillTrash(store);
  store.deletionQueue.flush();
  await removePicture(store, ANN, { permanently: false });
  expect(await store.pendingWork.ended(60_000)).toBe(true);
  expect(await store.database.stateOf(ids[0] as string)).toBeNull();
});
