import { hash, randomBytes } from 'node:crypto';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { describe, expect, it } from 'vitest';
import {
  type EmailHashes,
  type NewPicture,
  type PictureDatabase,
  type PictureDetails,
  TRASH_LIMIT,
  type Writer,
} from '../../src/database/database.ts';
import {
  DatabaseClosedError,
  PictureExistsError,
  PictureKeptError,
  PictureNotPendingError,
} from '../../src/database/errors.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { ANN, BOB, writerOf } from '../support/writers.ts';

const DETAILS: PictureDetails = {
  width: 640,
  height: 480,
  sizes: [64, 128, 256],
  placeholder: 'data:image/webp;base64,AAAA',
  dominantColor: '#102030',
};

function hashesOf(address: string): EmailHashes {
  return { md5: hash('md5', address), sha256: hash('sha256', address) };
}

export interface OpenedDatabase {
  readonly database: PictureDatabase;
  /** Opens the same database again, as another instance. */
  openAgain(): Promise<PictureDatabase>;
}

/** Registers the tests that every database must pass. @param openNew opens a new and empty database. */
export function describeDatabase(name: string, openNew: () => Promise<OpenedDatabase>): void {
  const open = async () => (await openNew()).database;
  let clock = Date.parse('2026-01-01T00:00:00Z');
  const now = () => {
    clock += 1_000;
    return new Date(clock);
  };

  function newPicture(userId: string): NewPicture {
    const id = `pic_${randomBytes(16).toString('hex')}`;
    return { id, path: picturePath(id), userId, fileName: 'me.jpg', altText: null, acceptedAt: now() };
  }

  async function accept(database: PictureDatabase, userId: string): Promise<string> {
    const picture = newPicture(userId);
    await database.accept(picture, writerOf(userId, `Name of ${userId}`));
    return picture.id;
  }

  async function makeLive(database: PictureDatabase, userId: string): Promise<string> {
    const id = await accept(database, userId);
    expect((await database.settle(id, userId, DETAILS, now())).state).toBe('live');
    return id;
  }

  async function liveOf(database: PictureDatabase, userId: string): Promise<string | undefined> {
    return (await database.findUsers([userId])).get(userId)?.picture?.id;
  }

  describe(name, () => {
    it('has no users at first', async () => {
      const database = await open();
      expect(await database.findUsers(['ann', 'bob'])).toEqual(new Map());
      expect(await database.stateOf('pic_none')).toBeNull();
    });

    it('returns a live picture as it was stored', async () => {
      const database = await open();
      const picture = { ...newPicture('ann'), altText: 'Ann at sea' };
      await database.accept(picture, ANN);
      await database.settle(picture.id, 'ann', DETAILS, now());
      expect((await database.findUsers(['ann'])).get('ann')).toEqual({
        id: 'ann',
        name: 'Ann',
        picture: { ...picture, ...DETAILS },
      });
    });

    it('finds users by one id or by several', async () => {
      const database = await open();
      const ids = ['ann', 'bob’s "id"'];
      const known: string[] = [];
      for (const id of ids) {
        known.push(await makeLive(database, id));
      }
      const livePictures = async (...searched: string[]) =>
        [...(await database.findUsers(searched)).values()].map(({ picture }) => picture?.id).sort();
      expect(await livePictures()).toEqual([]);
      expect(await livePictures('nobody')).toEqual([]);
      expect(await livePictures(ids[1] as string)).toEqual([known[1]]);
      expect(await livePictures('nobody', ...ids)).toEqual(known.sort());
    });

    it('returns the avatar of each user: the name and the live picture', async () => {
      const database = await open();
      const NONE = { name: null, picture: null };
      expect(await database.findAvatar('ann')).toEqual(NONE);
      const first = newPicture('ann');
      await database.accept(first, ANN);
      expect(await database.findAvatar('ann')).toEqual({ name: 'Ann', picture: null });
      await database.settle(first.id, 'ann', DETAILS, now());
      const second = await accept(database, 'ann');
      await database.settle(second, 'ann', { ...DETAILS, sizes: [64] }, now());
      expect(await database.findAvatar('ann')).toEqual({
        name: 'Name of ann',
        picture: { path: picturePath(second), sizes: [64] },
      });
      for (const id of ['Ann', 'ann ', 'an', '', 'ann\0', '\0', "ann' OR '1'='1", '%', '\ud800']) {
        expect(await database.findAvatar(id), id).toEqual(NONE);
      }
      await database.moveToTrash(writerOf('ann'), now());
      expect(await database.findAvatar('ann')).toEqual({ name: 'Name of ann', picture: null });
    });

    it('finds the live picture of a user by each hash of the address', async () => {
      const database = await open();
      const address = hashesOf('ann@example.com');
      const found = async (hashes = address) => [
        (await database.findPictureByEmail({ md5: hashes.md5 }))?.path,
        (await database.findPictureByEmail({ sha256: hashes.sha256 }))?.path,
      ];
      expect(await found()).toEqual([undefined, undefined]);
      const picture = newPicture('ann');
      await database.accept(picture, { ...ANN, emailHashes: address });
      expect(await found()).toEqual([undefined, undefined]);
      await database.settle(picture.id, 'ann', DETAILS, now());
      expect(await database.findPictureByEmail({ md5: address.md5 })).toEqual({
        path: picture.path,
        sizes: DETAILS.sizes,
      });
      expect(await found()).toEqual([picture.path, picture.path]);
      // A write without an address keeps the stored one.
      await database.setAltText(ANN, 'Me');
      expect(await found()).toEqual([picture.path, picture.path]);
      const changed = hashesOf('ann@example.org');
      await database.setAltText({ ...ANN, emailHashes: changed }, 'Me');
      expect(await found()).toEqual([undefined, undefined]);
      expect(await found(changed)).toEqual([picture.path, picture.path]);
    });

    it('gives an address to the user who wrote it last', async () => {
      const database = await open();
      const emailHashes = hashesOf('shared@example.com');
      const pathOf = async (id: string) => (await database.findAvatar(id)).picture?.path;
      await makeLive(database, 'ann');
      await makeLive(database, 'bob');
      for (const user of [ANN, BOB, ANN]) {
        await database.setAltText({ ...user, emailHashes }, 'Me');
        const found = await database.findPictureByEmail({ sha256: emailHashes.sha256 });
        expect(found?.path).toBe(await pathOf(user.subject));
      }
      await database.moveToTrash(ANN, now());
      expect(await database.findPictureByEmail({ md5: emailHashes.md5 })).toBeNull();
    });

    it('does not show pending pictures', async () => {
      const database = await open();
      const id = await accept(database, 'ann');
      expect(await liveOf(database, 'ann')).toBeUndefined();
      expect(await database.stateOf(id)).toBe('pending');
    });

    it('remembers the user’s name from the last upload that had a name', async () => {
      const database = await open();
      await database.accept(newPicture('ann'), writerOf('ann'));
      await database.accept(newPicture('ann'), ANN);
      await database.accept(newPicture('ann'), writerOf('ann', 'Anna'));
      await database.accept(newPicture('ann'), writerOf('ann'));
      expect((await database.findUsers(['ann'])).get('ann')?.name).toBe('Anna');
    });

    it.for<[string, (database: PictureDatabase, user: Writer) => Promise<unknown>]>([
      ['a change of the altText', (database, user) => database.setAltText(user, 'At sea')],
      ['a removal', (database, user) => database.moveToTrash(user, now())],
      ['a deletion', (database, user) => database.beginDeletion(user)],
      ['a restoration', (database, user) => database.restore(user, now())],
    ])('remembers the user’s name from %s', async ([_what, write]) => {
      const database = await open();
      await makeLive(database, 'ann');
      await makeLive(database, 'ann');
      await write(database, writerOf('ann', 'Anna'));
      await write(database, writerOf('ann'));
      expect((await database.findUsers(['ann'])).get('ann')?.name).toBe('Anna');
    });

    it('moves the live picture to the trash when another picture goes live', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      expect(await liveOf(database, 'ann')).toBe(second);
      expect(await database.stateOf(first)).toBe('trash');
    });

    it('lets the upload that was accepted later win, whichever finishes first', async () => {
      const database = await open();
      const earlier = await accept(database, 'ann');
      const later = await accept(database, 'ann');
      expect((await database.settle(later, 'ann', DETAILS, now())).state).toBe('live');
      expect((await database.settle(earlier, 'ann', DETAILS, now())).state).toBe('trash');
      expect(await liveOf(database, 'ann')).toBe(later);
      expect((await database.restore(ANN, now()))?.evicted).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(earlier);
    });

    it('can settle an upload so that it replaces no picture, and that every other upload replaces', async () => {
      const database = await open();
      const slow = await accept(database, 'ann');
      const [first, second] = [await accept(database, 'ann'), await accept(database, 'ann')];
      expect((await database.settle(first, null, DETAILS, now(), true)).state).toBe('live');
      expect((await database.settle(slow, 'ann', DETAILS, now())).state).toBe('live');
      await expect(database.settle(second, null, DETAILS, now(), true)).rejects.toThrow(PictureKeptError);
      expect(await liveOf(database, 'ann')).toBe(slow);
      expect([await database.stateOf(first), await database.stateOf(second)]).toEqual(['trash', 'pending']);
    });

    it('does not take the order of uploads from a clock', async () => {
      const database = await open();
      const years = 5 * 365 * 86_400_000;
      const [earlier, later] = [newPicture('ann'), newPicture('ann')];
      await database.accept(earlier, ANN);
      await database.accept({ ...later, acceptedAt: new Date(later.acceptedAt.getTime() - years) }, ANN);
      expect((await database.settle(later.id, 'ann', DETAILS, new Date(Date.now() - years))).state).toBe(
        'live',
      );
      expect((await database.settle(earlier.id, 'ann', DETAILS, now())).state).toBe('trash');
      expect(await liveOf(database, 'ann')).toBe(later.id);
    });

    it('moves an upload to the trash if it was accepted before a removal', async () => {
      const database = await open();
      await makeLive(database, 'ann');
      const slow = await accept(database, 'ann');
      await database.moveToTrash(ANN, now());
      expect((await database.settle(slow, 'ann', DETAILS, now())).state).toBe('trash');
      expect(await liveOf(database, 'ann')).toBeUndefined();
    });

    it('makes an upload live if it was accepted after a removal', async () => {
      const database = await open();
      await makeLive(database, 'ann');
      await database.moveToTrash(ANN, now());
      const after = await accept(database, 'ann');
      expect((await database.settle(after, 'ann', DETAILS, now())).state).toBe('live');
    });

    it('keeps the uploads of different users apart', async () => {
      const database = await open();
      const ann = await accept(database, 'ann');
      const bob = await makeLive(database, 'bob');
      await database.moveToTrash(BOB, now());
      expect((await database.settle(ann, 'ann', DETAILS, now())).state).toBe('live');
      expect(await database.stateOf(bob)).toBe('trash');
    });

    it('rejects a picture whose id exists in any state, and then changes nothing', async () => {
      const database = await open();
      const picture = newPicture('ann');
      const again = { ...newPicture('bob'), id: picture.id };
      const acceptAgain = () => database.accept(again, BOB);
      await database.accept(picture, ANN);
      await expect(acceptAgain()).rejects.toThrow(PictureExistsError);
      await database.settle(picture.id, 'ann', DETAILS, now());
      await expect(acceptAgain()).rejects.toThrow(PictureExistsError);
      await database.beginDeletion(ANN);
      await expect(acceptAgain()).rejects.toThrow(PictureExistsError);
      expect((await database.findUsers(['bob'])).size).toBe(0);
      await database.deleteRows([picture.id]);
      await acceptAgain();
      expect(await database.stateOf(picture.id)).toBe('pending');
    });

    it('settles only pending pictures', async () => {
      const database = await open();
      const id = await makeLive(database, 'ann');
      await expect(database.settle(id, 'ann', DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      await expect(database.settle('pic_none', 'ann', DETAILS, now())).rejects.toThrow(
        PictureNotPendingError,
      );
      const abandoned = await accept(database, 'ann');
      await database.abandon(abandoned);
      await expect(database.settle(abandoned, 'ann', DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      await database.deleteRows([abandoned]);
      await expect(database.settle(abandoned, 'ann', DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      expect(await liveOf(database, 'ann')).toBe(id);
    });

    it('restores the picture that was replaced or removed last, and can undo the restoration', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      expect((await database.restore(ANN, now()))?.evicted).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(first);
      expect(await database.stateOf(second)).toBe('trash');
      expect((await database.restore(ANN, now()))?.evicted).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(second);
      await database.moveToTrash(ANN, now());
      expect(await liveOf(database, 'ann')).toBeUndefined();
      expect((await database.restore(ANN, now()))?.evicted).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(second);
    });

    it('restores the last trashed picture even if the clock stands still or runs backward', async () => {
      const database = await open();
      const still = new Date('2026-05-05T00:00:00Z');
      const first = await makeLive(database, 'ann');
      const second = await accept(database, 'ann');
      await database.settle(second, 'ann', DETAILS, still);
      const third = await accept(database, 'ann');
      await database.settle(third, 'ann', DETAILS, new Date(still.getTime() - 86_400_000));
      await database.restore(ANN, still);
      expect(await liveOf(database, 'ann')).toBe(second);
      expect(await database.stateOf(first)).toBe('trash');
    });

    it('has nothing to restore for a user whose trash is empty', async () => {
      const database = await open();
      expect(await database.restore(ANN, now())).toBeNull();
      const id = await makeLive(database, 'ann');
      expect(await database.restore(ANN, now())).toBeNull();
      expect(await liveOf(database, 'ann')).toBe(id);
    });

    it('changes the altText of the live picture only', async () => {
      const database = await open();
      expect(await database.setAltText(ANN, 'x')).toBeNull();
      const id = await makeLive(database, 'ann');
      expect(await database.setAltText(ANN, 'Ann at sea')).toBe(id);
      expect((await database.findUsers(['ann'])).get('ann')?.picture?.altText).toBe('Ann at sea');
      await database.moveToTrash(ANN, now());
      expect(await database.setAltText(ANN, 'x')).toBeNull();
    });

    it('hides a picture before its files are deleted, and deletes its row afterwards', async () => {
      const database = await open();
      expect(await database.beginDeletion(ANN)).toEqual({ picture: null, deleting: [] });
      const id = await makeLive(database, 'ann');
      expect(await database.beginDeletion(ANN)).toEqual({
        picture: id,
        deleting: [{ id, path: picturePath(id) }],
      });
      expect(await database.stateOf(id)).toBe('deleting');
      expect(await liveOf(database, 'ann')).toBeUndefined();
      expect(await database.restore(ANN, now())).toBeNull();
      expect(await database.findDeleting()).toEqual([{ id, path: picturePath(id) }]);
      await database.deleteRows([id]);
      expect(await database.stateOf(id)).toBeNull();
    });

    it('lists the unfinished deletions of one user until their rows are deleted, and no trashed pictures', async () => {
      const database = await open();
      await makeLive(database, 'bob');
      await database.beginDeletion(BOB);
      await makeLive(database, 'ann');
      const first = await makeLive(database, 'ann');
      await database.beginDeletion(ANN);
      const second = await makeLive(database, 'ann');
      const deletingOf = async () => (await database.beginDeletion(ANN)).deleting.map(({ id }) => id).sort();
      expect(await deletingOf()).toEqual([first, second].sort());
      expect(await deletingOf()).toEqual([first, second].sort());
      await database.deleteRows([first]);
      await database.deleteRows([second]);
      expect(await deletingOf()).toEqual([]);
    });

    it('does not delete the rows of live, trashed or pending pictures', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      const third = await accept(database, 'ann');
      await database.deleteRows([first]);
      await database.deleteRows([second]);
      await database.deleteRows([third]);
      expect(await database.stateOf(first)).toBe('trash');
      expect(await database.stateOf(second)).toBe('live');
      expect(await database.stateOf(third)).toBe('pending');
    });

    describe('A full trash', () => {
      const keyOf = (id: string) => ({ id, path: picturePath(id) });
      const statesOf = (database: PictureDatabase, ids: readonly string[]) =>
        Promise.all(ids.map((id) => database.stateOf(id)));
      const FULL = Array(TRASH_LIMIT).fill('trash');

      /** Fills the trash of ann. @returns the IDs, oldest first. The last picture is live. */
      async function fillTrash(database: PictureDatabase): Promise<string[]> {
        const ids: string[] = [];
        while (ids.length <= TRASH_LIMIT) {
          ids.push(await makeLive(database, 'ann'));
        }
        expect(await statesOf(database, ids)).toEqual([...FULL, 'live']);
        return ids;
      }

      it('evicts its oldest picture when the live picture is replaced, and no picture of another user', async () => {
        const database = await open();
        const other = await makeLive(database, 'bob');
        await database.moveToTrash(BOB, now());
        const ids = await fillTrash(database);
        const next = await accept(database, 'ann');
        const { evicted } = await database.settle(next, 'ann', DETAILS, now());
        expect(evicted).toEqual([keyOf(ids[0] as string)]);
        expect(await database.findDeleting()).toEqual(evicted);
        expect(await statesOf(database, ids)).toEqual(['deleting', ...FULL]);
        expect(await statesOf(database, [next, other])).toEqual(['live', 'trash']);
      });

      it('evicts its oldest picture when a picture is removed, and none if there is no picture to remove', async () => {
        const database = await open();
        const ids = await fillTrash(database);
        expect(await database.moveToTrash(ANN, now())).toEqual({
          picture: ids.at(-1),
          evicted: [keyOf(ids[0] as string)],
        });
        expect(await database.moveToTrash(ANN, now())).toEqual({ picture: null, evicted: [] });
        expect(await statesOf(database, ids)).toEqual(['deleting', ...FULL]);
      });

      it('evicts its oldest picture for an upload that finishes too late', async () => {
        const database = await open();
        const late = await accept(database, 'ann');
        const ids = await fillTrash(database);
        const settled = await database.settle(late, 'ann', DETAILS, now());
        expect(settled).toEqual({ state: 'trash', evicted: [keyOf(ids[0] as string)] });
        expect(await statesOf(database, [...ids, late])).toEqual([
          'deleting',
          ...FULL.slice(1),
          'live',
          'trash',
        ]);
        await database.restore(ANN, now());
        expect(await liveOf(database, 'ann')).toBe(late);
      });

      it('evicts no picture when a restoration swaps two pictures', async () => {
        const database = await open();
        const ids = await fillTrash(database);
        expect((await database.restore(ANN, now()))?.evicted).toEqual([]);
        expect(await statesOf(database, ids)).toEqual([...FULL.slice(1), 'live', 'trash']);
      });
    });

    it('purges pictures that were trashed before a given time, oldest first, up to a limit', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      const between = now();
      const third = await makeLive(database, 'ann');
      const fourth = await makeLive(database, 'ann');
      expect(await database.beginPurge(between, 10)).toEqual([{ id: first, path: picturePath(first) }]);
      expect((await database.beginPurge(now(), 1)).map(({ id }) => id)).toEqual([second]);
      expect((await database.beginPurge(now(), 10)).map(({ id }) => id)).toEqual([third]);
      expect(await database.beginPurge(now(), 10)).toEqual([]);
      expect(await database.stateOf(fourth)).toBe('live');
      expect(await database.restore(ANN, now())).toBeNull();
    });

    it('abandons only pending pictures, and returns the state of all others', async () => {
      const database = await open();
      const trashed = await makeLive(database, 'ann');
      const live = await makeLive(database, 'ann');
      const pending = await accept(database, 'ann');
      expect(await database.abandon(trashed)).toBe('trash');
      expect(await database.abandon(live)).toBe('live');
      expect(await database.abandon(pending)).toBe('deleting');
      expect(await database.abandon(pending)).toBe('deleting');
      expect(await database.abandon('pic_none')).toBeNull();
      expect(await liveOf(database, 'ann')).toBe(live);
      expect(await database.findDeleting()).toEqual([{ id: pending, path: picturePath(pending) }]);
    });

    it('abandons the pending pictures of ended instances, and none of its own', async () => {
      const { database: earlier, openAgain } = await openNew();
      const settled = await makeLive(earlier, 'ann');
      const left = [await accept(earlier, 'ann'), await accept(earlier, 'bob')];
      await earlier.close();
      const database = await openAgain();
      const own = await accept(database, 'ann');
      await expect
        .poll(async () => {
          await database.abandonLeftovers();
          return (await database.findDeleting()).map(({ id }) => id).sort();
        })
        .toEqual(left.sort());
      expect(await database.stateOf(own)).toBe('pending');
      expect(await database.stateOf(settled)).toBe('live');
    });

    it('finds the instances that have ended, and never reports itself', async () => {
      const { database: earlier, openAgain } = await openNew();
      await earlier.close();
      const database = await openAgain();
      expect(database.instance).toMatch(/^[0-9a-f]{16}$/);
      expect(database.instance).not.toBe(earlier.instance);
      const stranger = '0123456789abcdef';
      await expect
        .poll(() => database.findEndedInstances([database.instance, earlier.instance, stranger]))
        .toEqual(new Set([earlier.instance, stranger]));
      expect(await database.findEndedInstances([])).toEqual(new Set());
    });

    it('runs exclusive work, and rejects if the work fails', async () => {
      const database = await open();
      let runs = 0;
      const work = async () => {
        runs += 1;
      };
      expect(await database.exclusively(work)).toBe(true);
      await expect(database.exclusively(() => Promise.reject(new Error('half way')))).rejects.toThrow(
        'half way',
      );
      expect(await database.exclusively(work)).toBe(true);
      expect(runs).toBe(2);
    });

    it('finds no user by an ID with a NUL, and accepts other texts with a NUL', async () => {
      const database = await open();
      const picture = { ...newPicture('ann'), altText: 'at\0sea' };
      await database.accept(picture, writerOf('ann', 'A\0nn'));
      await database.settle(picture.id, 'ann', DETAILS, now());
      expect(await database.setAltText(ANN, 'at\0home')).toBe(picture.id);
      expect((await database.findUsers(['a\0nn', '\0'])).size).toBe(0);
      const shown = (await database.findUsers(['ann'])).get('ann');
      expect([shown?.name, shown?.picture?.altText].map((text) => text?.replace('\0', ''))).toEqual([
        'Ann',
        'athome',
      ]);
    });

    it('returns which of the given paths it knows', async () => {
      const database = await open();
      const known = picturePath(await accept(database, 'ann'));
      expect(await database.knownPaths([known, picturePath(`pic_${'0'.repeat(32)}`)])).toEqual(
        new Set([known]),
      );
    });

    it('lists all pictures whose files must exist', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      await accept(database, 'ann');
      await makeLive(database, 'bob');
      await database.beginDeletion(BOB);
      const listed = (await Array.fromAsync(database.storedPictures())).flat().map(({ id }) => id);
      expect(listed).toEqual([first, second]);
    });

    it('finds a hundred users at once', async () => {
      const database = await open();
      const ids = Array.from({ length: 100 }, (_, index) => `user-${index}`);
      for (const id of ids) {
        await makeLive(database, id);
      }
      expect([...(await database.findUsers(ids)).keys()].sort()).toEqual([...ids].sort());
    });

    it('finds users by ids with the special characters of JSON, arrays and SQL', async () => {
      const database = await open();
      const ids = ['a"b', 'a\\b', '{a,b}', 'NULL', 'a, b', '', ' ', "o'hara", '%', 'é😀', '$1'];
      for (const id of ids) {
        await accept(database, id);
      }
      expect([...(await database.findUsers(ids)).keys()].sort()).toEqual([...ids].sort());
      expect(await database.findUsers([])).toEqual(new Map());
    });

    it('limits each key, and reports how long a key has to wait', async () => {
      const database = await open();
      const limiter = database.openLimiter({ name: 'uploads', points: 2, duration: 3600 });
      await limiter.consume('ann');
      expect((await limiter.consume('ann')).remainingPoints).toBe(0);
      const rejection: unknown = await limiter.consume('ann').catch((error) => error);
      expect(rejection).toBeInstanceOf(RateLimiterRes);
      expect((rejection as RateLimiterRes).msBeforeNext).toBeGreaterThan(3_500_000);
      expect((rejection as RateLimiterRes).msBeforeNext).toBeLessThanOrEqual(3_600_000);
      expect((await limiter.consume('bob')).remainingPoints).toBe(1);
      const other = database.openLimiter({ name: 'removals', points: 2, duration: 3600 });
      expect((await other.consume('ann')).remainingPoints).toBe(1);
    });

    it('rejects every call with DatabaseClosedError after it is closed', async () => {
      const database = await open();
      const id = await accept(database, 'ann');
      await database.close();
      for (const call of [
        () => database.abandon(id),
        () => database.settle(id, 'ann', DETAILS, now()),
        () => database.stateOf(id),
        () => database.findUsers(['ann']),
        () => database.findAvatar('ann'),
        () => database.findPictureByEmail({ md5: 'md5' }),
        () => database.checkWritable(),
        () => database.check(),
      ]) {
        await expect(call()).rejects.toThrow(DatabaseClosedError);
      }
      expect(database.findAvatarNow('ann')).toBeUndefined();
    });

    it('passes its health check', async () => {
      const database = await open();
      await expect(database.check()).resolves.toBeUndefined();
    });
  });
}
