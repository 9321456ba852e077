import { describe, expect, it } from 'vitest';
import { UserDeletedError } from '../../src/database/errors.ts';
import { deleteUser } from '../../src/pictures/delete-user.ts';
import { UserDeletionUnfinishedError } from '../../src/pictures/errors.ts';
import { deletePictures } from '../../src/pictures/remove-picture.ts';
import { clearLeftovers } from '../../src/upkeep/clear-leftovers.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { findPictures } from '../support/portrait.ts';
import { newPostgres, openInstance, runSql } from '../support/postgres.ts';

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:,', dominantColor: '#000000' };
const BY_ANN = { subject: 'ann', actor: 'ann' };
/** An upload on another instance does not end within this time. */
const SHORT_WAIT = { uploadsEndLimit: 200 };

/** Opens two instances on one Postgres and one folder. */
async function openTwo() {
  const url = await newPostgres();
  const first = await openPictureStore({ database: await openInstance(url) });
  const { folder } = first;
  const second = await openPictureStore({ folder, database: await openInstance(url) });
  const rows = async () => [
    ...(await runSql(url, "SELECT id FROM portrait.users WHERE id = 'ann'")),
    ...(await runSql(url, "SELECT id FROM portrait.pictures WHERE user_id = 'ann'")),
  ];
  return { first, second, rows, files: () => findPictures(`${folder}/pictures`) };
}

describe('The deletion of a user on one of two instances', () => {
  it('fails an upload in progress on the other, and is finished when that upload has cleaned up', async () => {
    const { first, second, rows, files } = await openTwo();
    await first.makeLive('ann');
    await second.makeLive('ann');
    const pending = await second.accept('ann');
    await expect(deleteUser(first, BY_ANN, SHORT_WAIT)).rejects.toThrow(UserDeletionUnfinishedError);
    expect(await files()).toHaveLength(1);
    expect((await second.database.findAvatar('ann')).picture).toBeNull();
    // A sweep leaves the upload to its own instance.
    await clearLeftovers(first);
    expect(await second.database.stateOf(pending)).toBe('pending');

    const deletion = deleteUser(first, BY_ANN);
    await expect(second.database.settle(pending, 'ann', DETAILS, new Date())).rejects.toThrow(
      UserDeletedError,
    );
    expect(await second.database.abandon(pending)).toBe('deleting');
    await deletePictures(second, await second.database.findDeleting());
    await deletion;
    expect([await rows(), await files()]).toEqual([[], []]);
  });

  it('also deletes what an instance that was killed left behind', async () => {
    const { first, second, rows, files } = await openTwo();
    await second.accept('ann');
    await second.database.close();
    await expect
      .poll(() => first.database.findEndedInstances([second.database.instance]))
      .toEqual(new Set([second.database.instance]));
    await deleteUser(first, BY_ANN, SHORT_WAIT);
    expect([await rows(), await files()]).toEqual([[], []]);
  });

  it('is finished by the other instance if the first one is killed midway', async () => {
    const { first, second, rows, files } = await openTwo();
    await first.makeLive('ann');
    await first.makeLive('ann');
    await first.accept('ann');
    const { pictures } = await first.database.beginUserDeletion('ann', 'ann', new Date());
    await first.storage.delete(pictures.slice(1).map(({ path }) => path));
    await first.database.close();
    await expect
      .poll(async () => {
        await clearLeftovers(second);
        return [await rows(), await files()];
      })
      .toEqual([[], []]);
  });
});
