import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NewPicture, PictureDatabase } from '../../src/database/database.ts';
import {
  UserBeingDeletedError,
  UserDeletedError,
  UserDeletionBlockedError,
} from '../../src/database/errors.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { ANN, BOB } from '../support/writers.ts';

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:,', dominantColor: '#000000' };
const NOW = new Date();
const EMAIL = { md5: 'md5-of-ann', sha256: 'sha256-of-ann' };

function newPicture(userId: string): NewPicture {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  const acceptedAt = new Date('2026-01-01T00:00:00Z');
  return { id, path: picturePath(id), userId, fileName: 'me.jpg', altText: 'Me', acceptedAt };
}

async function makeLive(database: PictureDatabase, writer = ANN): Promise<string> {
  const picture = newPicture(writer.subject);
  await database.accept(picture, writer);
  await database.settle(picture.id, writer.actor, DETAILS, new Date());
  return picture.id;
}

/** Registers the tests of deletions of users that every database must pass. @param open opens a new, empty database. */
export function describeUserDeletion(name: string, open: () => Promise<PictureDatabase>): void {
  describe(`The deletion of a user in ${name}`, () => {
    it('hides the user at once, and removes the row when the last picture is deleted', async () => {
      const database = await open();
      const [trashed, live, other] = [
        await makeLive(database, { ...ANN, emailHashes: EMAIL }),
        await makeLive(database),
        await makeLive(database, BOB),
      ];
      const pending = newPicture('ann');
      await database.accept(pending, ANN);

      const begun = await database.beginUserDeletion('ann', 'ann', NOW);
      expect(begun.isNew).toBe(true);
      expect(begun.pictures.map(({ id }) => id)).toEqual([trashed, live]);
      const hidden = { id: 'ann', name: null, picture: null };
      expect((await database.findUsers(['ann'])).get('ann')).toEqual(hidden);
      expect(await database.findPictureByEmail(EMAIL)).toBeNull();
      expect(await database.beginUserDeletion('ann', null, NOW)).toEqual({ ...begun, isNew: false });

      await expect(database.settle(pending.id, 'ann', DETAILS, new Date())).rejects.toThrow(UserDeletedError);
      expect(await database.abandon(pending.id)).toBe('deleting');
      await database.deleteRows([trashed, live]);
      expect(await database.finishUserDeletions('ann')).toBe(false);
      await database.deleteRows([pending.id]);
      expect(await database.finishUserDeletions('ann')).toBe(true);
      expect((await database.findUsers(['ann'])).size).toBe(0);
      expect((await database.findAvatar('bob')).picture?.path).toBe(picturePath(other));

      const again = await makeLive(database, { ...ANN, name: 'Anna' });
      expect((await database.findUsers(['ann'])).get('ann')).toMatchObject({
        name: 'Anna',
        picture: { id: again },
      });
    });

    it('rejects all writes for the user until it is finished, and none for other users', async () => {
      const database = await open();
      const live = await makeLive(database);
      await database.beginUserDeletion('ann', null, NOW);
      const now = new Date();
      for (const write of [
        () => database.accept(newPicture('ann'), ANN),
        () => database.setAltText(ANN, 'Me'),
        () => database.moveToTrash(ANN, now),
        () => database.beginDeletion(ANN),
        () => database.restore(ANN, now),
        () => database.setUploadBlock(ANN, { until: null, reason: null }, now),
      ]) {
        await expect(write()).rejects.toThrow(UserBeingDeletedError);
      }
      expect((await database.findAvatar('ann')).name).toBeNull();
      await makeLive(database, BOB);
      await database.deleteRows([live]);
      await database.finishUserDeletions();
      expect(await database.setAltText(ANN, 'Me')).toBeNull();
    });

    it('rejects uploads that began before it, even the first upload of a user', async () => {
      const database = await open();
      for (const userId of ['ann', 'new']) {
        const writer = { ...ANN, subject: userId, actor: userId };
        const before = await database.countDeletions(userId);
        if (userId === 'ann') {
          await database.deleteRows([await makeLive(database)]);
          const { pictures } = await database.beginUserDeletion('ann', 'ann', NOW);
          await database.deleteRows(pictures.map(({ id }) => id));
        } else {
          expect(await database.beginUserDeletion('new', 'new', NOW)).toEqual({ isNew: false, pictures: [] });
        }
        expect(await database.finishUserDeletions(userId)).toBe(true);
        await expect(database.accept(newPicture(userId), writer, before)).rejects.toThrow(UserDeletedError);
        expect((await database.findUsers([userId])).size).toBe(0);
        await database.accept(newPicture(userId), writer, await database.countDeletions(userId));
      }
    });

    it('is finished for all users without pictures, while others wait for theirs', async () => {
      const database = await open();
      const [ann, bob] = [await makeLive(database, ANN), await makeLive(database, BOB)];
      await database.beginUserDeletion('ann', null, NOW);
      await database.beginUserDeletion('bob', null, NOW);
      expect(await database.finishUserDeletions()).toBe(false);
      await database.deleteRows([ann]);
      expect(await database.finishUserDeletions()).toBe(false);
      expect([...(await database.findUsers(['ann', 'bob'])).keys()]).toEqual(['bob']);
      expect(await database.finishUserDeletions('ann')).toBe(true);
      await database.deleteRows([bob]);
      expect(await database.finishUserDeletions()).toBe(true);
      expect(await database.finishUserDeletions()).toBe(true);
    });

    it('cannot be requested by a blocked user, because the block would end too', async () => {
      const database = await open();
      const byModerator = { ...ANN, actor: 'mod', name: null };
      await database.setUploadBlock(byModerator, { until: null, reason: null }, NOW);
      await expect(database.beginUserDeletion('ann', 'ann', NOW)).rejects.toThrow(UserDeletionBlockedError);
      expect(await database.findUploadBlock('ann', NOW)).not.toBeNull();
      expect((await database.beginUserDeletion('ann', 'mod', NOW)).isNew).toBe(true);
      expect(await database.finishUserDeletions('ann')).toBe(true);
      expect(await database.findUploadBlock('ann', NOW)).toBeNull();
    });

    it('finds no user by an id with a NUL', async () => {
      const database = await open();
      await makeLive(database);
      expect(await database.beginUserDeletion('an\0n', null, NOW)).toEqual({ isNew: false, pictures: [] });
      expect((await database.findAvatar('ann')).picture).not.toBeNull();
    });
  });
}
