import { randomBytes } from 'node:crypto';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { describe, expect, it } from 'vitest';
import {
  type NewPicture,
  type PictureDatabase,
  type PictureDetails,
  type PictureKey,
  TRASH_LIMIT,
  type Writer,
} from '../../src/database/database.ts';
import { DatabaseClosedError, PictureNotPendingError } from '../../src/database/errors.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { ANN, BOB } from '../support/writers.ts';

const DETAILS: PictureDetails = {
  width: 640,
  height: 480,
  sizes: [64, 128, 256],
  placeholder: 'data:image/webp;base64,AAAA',
  dominantColor: '#102030',
};

export interface OpenedDatabase {
  readonly database: PictureDatabase;
  /** Opens the same one again, for another run of the server. */
  openAgain(): Promise<PictureDatabase>;
}

/** What every database must do; each implementation runs it. @param openNew a new and empty database. */
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
    await database.accept(picture, `Name of ${userId}`);
    return picture.id;
  }

  async function makeLive(database: PictureDatabase, userId: string): Promise<string> {
    const id = await accept(database, userId);
    expect((await database.settle(id, DETAILS, now())).state).toBe('live');
    return id;
  }

  async function liveOf(database: PictureDatabase, userId: string): Promise<string | undefined> {
    return (await database.findUsers([userId])).get(userId)?.picture?.id;
  }

  describe(name, () => {
    it('knows nobody at first', async () => {
      const database = await open();
      expect(await database.findUsers(['ann', 'bob'])).toEqual(new Map());
      expect(await database.stateOf('pic_none')).toBeNull();
    });

    it('gives a live picture back as it was stored', async () => {
      const database = await open();
      const picture = { ...newPicture('ann'), altText: 'Ann at sea' };
      await database.accept(picture, 'Ann');
      await database.settle(picture.id, DETAILS, now());
      expect((await database.findUsers(['ann'])).get('ann')).toEqual({
        id: 'ann',
        name: 'Ann',
        picture: { ...picture, ...DETAILS },
      });
    });

    it('shows no picture while it is pending', async () => {
      const database = await open();
      const id = await accept(database, 'ann');
      expect(await liveOf(database, 'ann')).toBeUndefined();
      expect(await database.stateOf(id)).toBe('pending');
    });

    it('remembers the name of the last upload that had one', async () => {
      const database = await open();
      await database.accept(newPicture('ann'), null);
      await database.accept(newPicture('ann'), 'Ann');
      await database.accept(newPicture('ann'), 'Anna');
      await database.accept(newPicture('ann'), null);
      expect((await database.findUsers(['ann'])).get('ann')?.name).toBe('Anna');
    });

    it.for<[string, (database: PictureDatabase, user: Writer) => Promise<unknown>]>([
      ['a description', (database, user) => database.setAltText(user, 'At sea')],
      ['a removal', (database, user) => database.moveToTrash(user, now())],
      ['a deletion', (database, user) => database.beginDeletion(user)],
      ['a restoration', (database, user) => database.restore(user, now())],
    ])('remembers the name that %s had', async ([_what, write]) => {
      const database = await open();
      await makeLive(database, 'ann');
      await makeLive(database, 'ann');
      await write(database, { id: 'ann', name: 'Anna' });
      await write(database, { id: 'ann', name: null });
      expect((await database.findUsers(['ann'])).get('ann')?.name).toBe('Anna');
    });

    it('moves the present picture into the trash when another goes live', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      expect(await liveOf(database, 'ann')).toBe(second);
      expect(await database.stateOf(first)).toBe('trash');
    });

    it('lets the later accepted upload win, whichever finishes first', async () => {
      const database = await open();
      const earlier = await accept(database, 'ann');
      const later = await accept(database, 'ann');
      expect((await database.settle(later, DETAILS, now())).state).toBe('live');
      expect((await database.settle(earlier, DETAILS, now())).state).toBe('trash');
      expect(await liveOf(database, 'ann')).toBe(later);
      expect(await database.restore(ANN, now())).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(earlier);
    });

    it('takes the order of acceptance from no clock', async () => {
      const database = await open();
      const years = 5 * 365 * 86_400_000;
      const [earlier, later] = [newPicture('ann'), newPicture('ann')];
      await database.accept(earlier, 'Ann');
      await database.accept({ ...later, acceptedAt: new Date(later.acceptedAt.getTime() - years) }, 'Ann');
      expect((await database.settle(later.id, DETAILS, new Date(Date.now() - years))).state).toBe('live');
      expect((await database.settle(earlier.id, DETAILS, now())).state).toBe('trash');
      expect(await liveOf(database, 'ann')).toBe(later.id);
    });

    it('sends an upload to the trash that was accepted before a removal', async () => {
      const database = await open();
      await makeLive(database, 'ann');
      const slow = await accept(database, 'ann');
      await database.moveToTrash(ANN, now());
      expect((await database.settle(slow, DETAILS, now())).state).toBe('trash');
      expect(await liveOf(database, 'ann')).toBeUndefined();
    });

    it('lets an upload live that was accepted after a removal', async () => {
      const database = await open();
      await makeLive(database, 'ann');
      await database.moveToTrash(ANN, now());
      const after = await accept(database, 'ann');
      expect((await database.settle(after, DETAILS, now())).state).toBe('live');
    });

    it('keeps the uploads of different users apart', async () => {
      const database = await open();
      const ann = await accept(database, 'ann');
      const bob = await makeLive(database, 'bob');
      await database.moveToTrash(BOB, now());
      expect((await database.settle(ann, DETAILS, now())).state).toBe('live');
      expect(await database.stateOf(bob)).toBe('trash');
    });

    it('settles only what is pending', async () => {
      const database = await open();
      const id = await makeLive(database, 'ann');
      await expect(database.settle(id, DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      await expect(database.settle('pic_none', DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      const abandoned = await accept(database, 'ann');
      await database.abandon(abandoned);
      await expect(database.settle(abandoned, DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      await database.deleteRows([abandoned]);
      await expect(database.settle(abandoned, DETAILS, now())).rejects.toThrow(PictureNotPendingError);
      expect(await liveOf(database, 'ann')).toBe(id);
    });

    it('brings back what was replaced or removed last, and back again', async () => {
      const database = await open();
      const first = await makeLive(database, 'ann');
      const second = await makeLive(database, 'ann');
      expect(await database.restore(ANN, now())).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(first);
      expect(await database.stateOf(second)).toBe('trash');
      expect(await database.restore(ANN, now())).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(second);
      await database.moveToTrash(ANN, now());
      expect(await liveOf(database, 'ann')).toBeUndefined();
      expect(await database.restore(ANN, now())).toEqual([]);
      expect(await liveOf(database, 'ann')).toBe(second);
    });

    it('tells which came into the trash last even when the clock stands still or runs back', async () => {
      const database = await open();
      const still = new Date('2026-05-05T00:00:00Z');
      const first = await makeLive(database, 'ann');
      const second = await accept(database, 'ann');
      await database.settle(second, DETAILS, still);
      const third = await accept(database, 'ann');
      await database.settle(third, DETAILS, new Date(still.getTime() - 86_400_000));
      await database.restore(ANN, still);
      expect(await liveOf(database, 'ann')).toBe(second);
      expect(await database.stateOf(first)).toBe('trash');
    });

    it('has nothing to restore for someone without a trash', async () => {
      const database = await open();
      expect(await database.restore(ANN, now())).toBeNull();
      const id = await makeLive(database, 'ann');
      expect(await database.restore(ANN, now())).toBeNull();
      expect(await liveOf(database, 'ann')).toBe(id);
    });

    it('describes the live picture only', async () => {
      const database = await open();
      expect(await database.setAltText(ANN, 'x')).toBe(false);
      await makeLive(database, 'ann');
      expect(await database.setAltText(ANN, 'Ann at sea')).toBe(true);
      expect((await database.findUsers(['ann'])).get('ann')?.picture?.altText).toBe('Ann at sea');
      await database.moveToTrash(ANN, now());
      expect(await database.setAltText(ANN, 'x')).toBe(false);
    });

    it('takes a picture out of reach before its files go, and forgets it after', async () => {
      const database = await open();
      expect(await database.beginDeletion(ANN)).toEqual([]);
      const id = await makeLive(database, 'ann');
      expect(await database.beginDeletion(ANN)).toEqual([{ id, path: picturePath(id) }]);
      expect(await database.stateOf(id)).toBe('deleting');
      expect(await liveOf(database, 'ann')).toBeUndefined();
      expect(await database.restore(ANN, now())).toBeNull();
      expect(await database.findDeleting()).toEqual([{ id, path: picturePath(id) }]);
      await database.deleteRows([id]);
      expect(await database.stateOf(id)).toBeNull();
    });

    it('names what is being deleted of a user until it is forgotten, and nothing of others or in the trash', async () => {
      const database = await open();
      await makeLive(database, 'bob');
      await database.beginDeletion(BOB);
      await makeLive(database, 'ann');
      const first = await makeLive(database, 'ann');
      await database.beginDeletion(ANN);
      const second = await makeLive(database, 'ann');
      const idsOf = (keys: PictureKey[]) => keys.map(({ id }) => id).sort();
      expect(idsOf(await database.beginDeletion(ANN))).toEqual([first, second].sort());
      expect(idsOf(await database.beginDeletion(ANN))).toEqual([first, second].sort());
      await database.deleteRows([first]);
      await database.deleteRows([second]);
      expect(await database.beginDeletion(ANN)).toEqual([]);
    });

    it('does not forget what is live, in the trash or pending', async () => {
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

      /** Uploads until the trash is full. @returns the ids, oldest first; the last one is live. */
      async function fillTrash(database: PictureDatabase): Promise<string[]> {
        const ids: string[] = [];
        while (ids.length <= TRASH_LIMIT) {
          ids.push(await makeLive(database, 'ann'));
        }
        expect(await statesOf(database, ids)).toEqual([...FULL, 'live']);
        return ids;
      }

      it('gives up its oldest picture for one that is replaced, and none of another user', async () => {
        const database = await open();
        const other = await makeLive(database, 'bob');
        await database.moveToTrash(BOB, now());
        const ids = await fillTrash(database);
        const next = await accept(database, 'ann');
        const { evicted } = await database.settle(next, DETAILS, now());
        expect(evicted).toEqual([keyOf(ids[0] as string)]);
        expect(await database.findDeleting()).toEqual(evicted);
        expect(await statesOf(database, ids)).toEqual(['deleting', ...FULL]);
        expect(await statesOf(database, [next, other])).toEqual(['live', 'trash']);
      });

      it('gives up its oldest picture for one that is removed, and nothing if there is none to remove', async () => {
        const database = await open();
        const ids = await fillTrash(database);
        expect(await database.moveToTrash(ANN, now())).toEqual([keyOf(ids[0] as string)]);
        expect(await database.moveToTrash(ANN, now())).toEqual([]);
        expect(await statesOf(database, ids)).toEqual(['deleting', ...FULL]);
      });

      it('gives up its oldest picture for an upload that finishes too late', async () => {
        const database = await open();
        const late = await accept(database, 'ann');
        const ids = await fillTrash(database);
        const settled = await database.settle(late, DETAILS, now());
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

      it('gives up no picture for one that changes places with it', async () => {
        const database = await open();
        const ids = await fillTrash(database);
        expect(await database.restore(ANN, now())).toEqual([]);
        expect(await statesOf(database, ids)).toEqual([...FULL.slice(1), 'live', 'trash']);
      });
    });

    it('purges what came into the trash before a time, oldest first, so many at once', async () => {
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

    it('gives up only what is pending, and tells what became of the rest', async () => {
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

    it('gives up what a run left pending that has ended, and nothing of its own', async () => {
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

    it('knows of itself that it lives, and of others that they have ended', async () => {
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

    it('runs work that one instance at a time may do, and tells of its failure', async () => {
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

    it('knows nobody by an id with a NUL in it, and takes other texts that have one', async () => {
      const database = await open();
      const picture = { ...newPicture('ann'), altText: 'at\0sea' };
      await database.accept(picture, 'A\0nn');
      await database.settle(picture.id, DETAILS, now());
      expect(await database.setAltText(ANN, 'at\0home')).toBe(true);
      expect((await database.findUsers(['a\0nn', '\0'])).size).toBe(0);
      const shown = (await database.findUsers(['ann'])).get('ann');
      expect([shown?.name, shown?.picture?.altText].map((text) => text?.replace('\0', ''))).toEqual([
        'Ann',
        'athome',
      ]);
    });

    it('tells known paths from unknown ones', async () => {
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

    it('counts what a key has left, and tells when more can be had', async () => {
      const database = await open();
      const limiter = database.openLimiter({ name: 'uploads', points: 2, duration: 3600 });
      await limiter.consume('ann');
      expect((await limiter.consume('ann')).remainingPoints).toBe(0);
      const refused: unknown = await limiter.consume('ann').catch((error) => error);
      expect(refused).toBeInstanceOf(RateLimiterRes);
      expect((refused as RateLimiterRes).msBeforeNext).toBeGreaterThan(3_500_000);
      expect((refused as RateLimiterRes).msBeforeNext).toBeLessThanOrEqual(3_600_000);
      expect((await limiter.consume('bob')).remainingPoints).toBe(1);
      const other = database.openLimiter({ name: 'removals', points: 2, duration: 3600 });
      expect((await other.consume('ann')).remainingPoints).toBe(1);
    });

    it('rejects every call after it was closed with an error of its own', async () => {
      const database = await open();
      const id = await accept(database, 'ann');
      await database.close();
      for (const call of [
        () => database.abandon(id),
        () => database.settle(id, DETAILS, now()),
        () => database.stateOf(id),
        () => database.findUsers(['ann']),
        () => database.checkWritable(),
        () => database.check(),
      ]) {
        await expect(call()).rejects.toThrow(DatabaseClosedError);
      }
    });

    it('answers when it is asked whether it is there', async () => {
      const database = await open();
      await expect(database.check()).resolves.toBeUndefined();
    });
  });
}
