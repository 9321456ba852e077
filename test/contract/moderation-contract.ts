import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NewPicture, PictureDatabase, Writer } from '../../src/database/database.ts';
import { UploadsBlockedError } from '../../src/database/errors.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { ANN, BOB, writerOf } from '../support/writers.ts';

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:,', dominantColor: '#102030' };
const NOW = new Date('2026-06-01T00:00:00Z');
const LATER = new Date('2026-06-02T00:00:00Z');

/** Other authors of changes to ann: a moderator, and the operator. */
const MODERATOR: Writer = { subject: 'ann', actor: 'mod', name: null };
const OPERATOR: Writer = { subject: 'ann', actor: null, name: null };

/** Registers the tests of changes by other users. @param open opens a new and empty database. */
export function describeModeration(name: string, open: () => Promise<PictureDatabase>): void {
  async function accept(database: PictureDatabase, writer: Writer = ANN): Promise<string> {
    const id = `pic_${randomBytes(16).toString('hex')}`;
    const picture: NewPicture = {
      id,
      path: picturePath(id),
      userId: writer.subject,
      fileName: 'me.jpg',
      altText: null,
      acceptedAt: NOW,
    };
    await database.accept(picture, writer);
    return id;
  }

  async function makeLive(database: PictureDatabase, writer: Writer = ANN): Promise<string> {
    const id = await accept(database, writer);
    await database.settle(id, writer.actor, DETAILS, NOW);
    return id;
  }

  async function previousOf(database: PictureDatabase, viewer: string): Promise<string | undefined> {
    return (await database.findRestricted(['ann'], viewer, NOW)).get('ann')?.previousPicture?.id;
  }

  describe(`${name}: a change by another user`, () => {
    it('returns the pictures that it concerns', async () => {
      const database = await open();
      const first = await makeLive(database, MODERATOR);
      expect(await database.setAltText(MODERATOR, 'Ann')).toBe(first);
      expect((await database.moveToTrash(MODERATOR, NOW)).picture).toBe(first);
      expect((await database.moveToTrash(MODERATOR, NOW)).picture).toBeNull();
      expect((await database.restore(MODERATOR, NOW))?.picture).toBe(first);
      expect((await database.beginDeletion(MODERATOR)).picture).toBe(first);
      expect((await database.beginDeletion(MODERATOR)).picture).toBeNull();
    });

    it('adds no row for a user unknown to Portrait, such as a deleted one', async () => {
      const database = await open();
      for (const writer of [MODERATOR, OPERATOR]) {
        expect(await database.setAltText(writer, 'Ann')).toBeNull();
        expect(await database.moveToTrash(writer, NOW)).toEqual({ picture: null, evicted: [] });
        expect(await database.beginDeletion(writer)).toEqual({ picture: null, deleting: [] });
        expect(await database.restore(writer, NOW)).toBeNull();
      }
      expect((await database.findUsers(['ann'])).size).toBe(0);
    });

    it.for<[string, (database: PictureDatabase) => Promise<unknown>]>([
      ['a removal by a moderator', (database) => database.moveToTrash(MODERATOR, NOW)],
      ['a removal by the operator', (database) => database.moveToTrash(OPERATOR, NOW)],
      ['an upload of another user', (database) => makeLive(database, MODERATOR)],
    ])('withholds the picture from the user: %s', async ([_what, change]) => {
      const database = await open();
      const own = await makeLive(database);
      const hidden = await makeLive(database);
      await change(database);
      expect([await previousOf(database, 'ann'), await previousOf(database, 'mod')]).toEqual([own, hidden]);
      expect((await database.restore(ANN, NOW))?.picture).toBe(own);
      expect(await database.stateOf(hidden)).toBe('trash');
    });

    it('withholds a picture that a restoration replaced, until another user restores it', async () => {
      const database = await open();
      const [first, second] = [await makeLive(database), await makeLive(database)];
      expect((await database.restore(MODERATOR, NOW))?.picture).toBe(first);
      expect(await database.restore(ANN, NOW)).toBeNull();
      expect((await database.restore(OPERATOR, NOW))?.picture).toBe(second);
      await database.moveToTrash(ANN, NOW);
      expect((await database.restore(ANN, NOW))?.picture).toBe(second);
    });

    it('shows the picture that a restoration would bring back, of many users at once', async () => {
      const database = await open();
      await makeLive(database);
      const trashed = await makeLive(database);
      await database.setAltText(ANN, 'At sea');
      await database.moveToTrash(ANN, NOW);
      await makeLive(database, BOB);
      const found = await database.findRestricted(['ann', 'bob', 'cid', 'a\0nn'], 'ann', NOW);
      expect([...found.keys()].sort()).toEqual(['ann', 'bob']);
      expect(found.get('ann')?.previousPicture).toEqual({
        ...{ id: trashed, path: picturePath(trashed), userId: 'ann', fileName: 'me.jpg' },
        ...{ altText: 'At sea', acceptedAt: NOW },
        ...DETAILS,
      });
      expect(found.get('bob')).toEqual({ previousPicture: null, uploadBlock: null });
      expect(await database.findRestricted([], 'ann', NOW)).toEqual(new Map());
    });
  });

  describe(`${name}: a block of uploads`, () => {
    const BLOCK = { until: LATER, reason: 'Spam' };

    it('is stored, replaced and ended, also for a user unknown to Portrait', async () => {
      const database = await open();
      const found = async (now = NOW) => [
        await database.findUploadBlock('ann', now),
        (await database.findRestricted(['ann'], 'ann', now)).get('ann')?.uploadBlock ?? null,
      ];
      expect(await found()).toEqual([null, null]);
      expect(await database.setUploadBlock(MODERATOR, null, NOW)).toBe(false);
      expect(await database.findUsers(['ann'])).toEqual(new Map());
      expect(await database.setUploadBlock(MODERATOR, BLOCK, NOW)).toBe(true);
      expect(await found()).toEqual([BLOCK, BLOCK]);
      expect(await found(LATER)).toEqual([null, null]);
      expect(await database.setUploadBlock(OPERATOR, { until: null, reason: null }, NOW)).toBe(true);
      expect(await found(LATER)).toEqual(Array(2).fill({ until: null, reason: null }));
      expect(await database.setUploadBlock(MODERATOR, null, NOW)).toBe(true);
      expect(await found()).toEqual([null, null]);
      expect(await database.findUploadBlock('bob', NOW)).toBeNull();
    });

    it('stores a reason with a NUL', async () => {
      const database = await open();
      await database.setUploadBlock(MODERATOR, { until: null, reason: 'Sp\0am' }, NOW);
      const { reason } = (await database.findUploadBlock('ann', NOW)) ?? {};
      expect(reason?.replace('\0', '')).toBe('Spam');
    });

    it('stops the user’s uploads and restorations, and nothing else', async () => {
      const database = await open();
      await makeLive(database);
      const live = await makeLive(database);
      const uploading = await accept(database);
      await database.setUploadBlock(MODERATOR, BLOCK, NOW);
      const rejection = await database.settle(uploading, 'ann', DETAILS, NOW).catch((error) => error);
      expect(rejection).toBeInstanceOf(UploadsBlockedError);
      expect(rejection).toMatchObject(BLOCK);
      expect(await database.stateOf(uploading)).toBe('pending');
      await expect(database.restore(ANN, NOW)).rejects.toThrow(UploadsBlockedError);
      expect(await database.setAltText(ANN, 'At sea')).toBe(live);
      expect((await database.moveToTrash(ANN, NOW)).picture).toBe(live);
      expect((await database.restore(MODERATOR, NOW))?.picture).toBe(live);
      expect((await database.settle(uploading, 'mod', DETAILS, NOW)).state).toBe('trash');
      expect((await database.findUsers(['ann'])).get('ann')?.picture?.id).toBe(live);
      const other = writerOf('bob');
      expect((await database.settle(await accept(database, other), 'bob', DETAILS, NOW)).state).toBe('live');
    });

    it('stops nothing after its end', async () => {
      const database = await open();
      const id = await accept(database);
      await database.setUploadBlock(MODERATOR, BLOCK, NOW);
      expect((await database.settle(id, 'ann', DETAILS, LATER)).state).toBe('live');
      await database.moveToTrash(ANN, LATER);
      expect((await database.restore(ANN, LATER))?.picture).toBe(id);
    });
  });
}
