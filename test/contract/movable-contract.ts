import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NewPicture, PictureDatabase, PictureDetails } from '../../src/database/database.ts';
import { deletionGroupOf } from '../../src/database/deletion-group.ts';
import { DatabaseInUseError, DatabaseMovedError } from '../../src/database/errors.ts';
import type { MovableDatabase } from '../../src/database/movable.ts';
import type { Move } from '../../src/database/move-state.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { ANN, CID, writerOf } from '../support/writers.ts';

/** One database, opened by commands and by servers. */
export interface OpenedMovable {
  openMovable(): Promise<MovableDatabase>;
  /** @param storage name of the server's storage. */
  openServing(storage: string): Promise<PictureDatabase>;
}

const HERE = 'file:///here';
const THERE = 'file:///there';
const DETAILS: PictureDetails = {
  width: 640,
  height: 480,
  sizes: [64, 128],
  placeholder: 'data:image/webp;base64,AAAA',
  dominantColor: '#102030',
};

const BLOCK = { until: new Date('2026-02-01T00:00:00Z'), reason: 'Spam' };

/** Columns that are null for most users. */
const NOT_STORED = {
  emailMd5: null,
  emailSha256: null,
  blockedAt: null,
  blockedUntil: null,
  blockReason: null,
};

function newPicture(userId: string): NewPicture {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  const acceptedAt = new Date('2026-01-01T00:00:00.123Z');
  return { id, path: picturePath(id), userId, fileName: 'me.jpg', altText: 'Me at sea', acceptedAt };
}

async function makeLive(database: PictureDatabase, userId: string, actor = userId): Promise<string> {
  const picture = newPicture(userId);
  await database.accept(picture, writerOf(userId, `Name of ${userId}`));
  expect((await database.settle(picture.id, actor, DETAILS, new Date())).state).toBe('live');
  return picture.id;
}

/** Registers the tests of moves that every database must pass. @param openNew opens a new and empty database. */
export function describeMovable(name: string, openNew: () => Promise<OpenedMovable>): void {
  const leaving: Move = {
    id: '0123456789abcdef',
    side: 'from',
    finished: false,
    database: 'file:///there/portrait.db',
    storage: THERE,
    copied: 0,
  };

  /** Opens a database with a picture in every state. */
  async function openFilled() {
    const opened = await openNew();
    const database = await opened.openServing(HERE);
    const trashed = await makeLive(database, 'ann');
    const live = await makeLive(database, 'ann', 'moderator');
    const emailHashes = { md5: 'md5', sha256: 'sha256' };
    await database.setAltText({ ...writerOf('ann'), emailHashes }, 'Me at sea');
    const pending = newPicture('bob');
    await database.accept(pending, writerOf('bob'));
    await makeLive(database, 'cid');
    const { deleting } = await database.beginDeletion(CID);
    expect(deleting).toHaveLength(1);
    await database.setUploadBlock(CID, BLOCK, new Date('2026-01-02T00:00:00Z'));
    return { ...opened, database, trashed, live, pending, movable: await opened.openMovable() };
  }

  describe(`A movable ${name} database`, () => {
    it('returns its users and stored pictures in order, and counts them', async () => {
      const { movable, trashed, live } = await openFilled();
      const users = await movable.users('');
      expect(users.map(({ id, name }) => [id, name])).toEqual([
        ['ann', 'Name of ann'],
        ['bob', null],
        ['cid', 'Name of cid'],
      ]);
      expect(await movable.users('bob')).toEqual(users.slice(2));
      expect(await movable.usersById(['cid', 'nobody'])).toEqual(users.slice(2));
      const pictures = await movable.pictures(0);
      expect(pictures).toMatchObject([
        {
          id: trashed,
          state: 'trash',
          trashedAt: expect.any(Date),
          trashedOrder: 1,
          withheld: true,
          ...DETAILS,
        },
        {
          id: live,
          state: 'live',
          trashedAt: null,
          trashedOrder: null,
          withheld: false,
          altText: 'Me at sea',
        },
      ]);
      expect(await movable.pictures(pictures[0]?.sequence ?? 0)).toEqual(pictures.slice(1));
      expect(await movable.picturesOf('ann')).toEqual(pictures);
      expect(await movable.picturesOf('bob')).toEqual([]);
      expect(await movable.count(0)).toEqual({ users: 3, pictures: 2 });
      expect(await movable.count(pictures[0]?.sequence ?? 0)).toEqual({ users: 3, pictures: 1 });
    });

    it('adds rows unchanged, and ignores rows that it already has', async () => {
      const { movable } = await openFilled();
      // Read before openNew: with Postgres, it empties the only database of the test file.
      const [users, pictures] = [await movable.users(''), await movable.pictures(0)];
      expect([users.length, pictures.length]).toEqual([3, 2]);
      expect(users.map(({ emailMd5, emailSha256 }) => [emailMd5, emailSha256])).toEqual([
        ['md5', 'sha256'],
        [null, null],
        [null, null],
      ]);
      expect(users[2]).toMatchObject({ blockedUntil: BLOCK.until, blockReason: BLOCK.reason });
      const target = await (await openNew()).openMovable();
      await target.add(users, pictures);
      await target.add(users, pictures);
      expect(await target.users('')).toEqual(users);
      expect(await target.pictures(0)).toEqual(pictures);
    });

    it('leaves out users who are being deleted, and copies the counts of deletions', async () => {
      const { movable, database } = await openFilled();
      await database.beginUserDeletion('ann', null, new Date());
      await database.beginUserDeletion('nobody-yet', null, new Date());
      expect((await movable.users('')).map(({ id }) => id)).toEqual(['bob', 'cid']);
      expect(await movable.usersById(['ann', 'bob'])).toHaveLength(1);
      expect(await movable.count(0)).toEqual({ users: 2, pictures: 0 });
      const counts = await movable.deletionCounts();
      expect(counts.map(({ count }) => count)).toEqual([1, 1]);
      const target = await (await openNew()).openMovable();
      await target.addDeletionCounts(counts);
      await target.addDeletionCounts(counts);
      expect(await target.deletionCounts()).toEqual(counts);
      expect(counts.map(({ userGroup }) => userGroup)).toContain(deletionGroupOf('ann'));
    });

    it('continues the sequence of the moved rows, even after pictures that no longer exist', async () => {
      const opened = await openNew();
      const movable = await opened.openMovable();
      await movable.add([{ id: 'ann', name: 'Ann', settledSequence: 41, ...NOT_STORED }], []);
      const database = await opened.openServing(HERE);
      const id = await makeLive(database, 'ann');
      expect(await movable.pictures(41)).toMatchObject([{ id, sequence: 42 }]);
      await movable.add([{ id: 'bob', name: 'Bob', settledSequence: 7, ...NOT_STORED }], []);
      await makeLive(database, 'ann');
      expect(await movable.count(42)).toEqual({ users: 2, pictures: 1 });
    });

    it.each<[string, Move]>([
      ['during a move away', leaving],
      ['after a move away', { ...leaving, finished: true }],
      ['during a move here', { ...leaving, side: 'to' }],
      ['after a move of its files to another storage', { ...leaving, database: null, finished: true }],
    ])('rejects the changes of users %s, and still clears unfinished pictures', async (_what, move) => {
      const { database, movable, live, trashed, pending } = await openFilled();
      await movable.saveMove({ ...leaving, id: 'another' });
      await movable.saveMove(move);
      expect(await movable.findMove()).toEqual(move);
      expect(await database.findMove()).toEqual(move);
      const now = new Date();
      for (const change of [
        () => database.checkWritable(),
        () => database.accept(newPicture('ann'), ANN),
        () => database.settle(pending.id, 'ann', DETAILS, now),
        () => database.setAltText(ANN, 'Other'),
        () => database.moveToTrash(ANN, now),
        () => database.beginDeletion(ANN),
        () => database.restore(ANN, now),
        () => database.beginUserDeletion('ann', null, now),
      ]) {
        await expect(change()).rejects.toThrow(DatabaseMovedError);
      }
      expect(await database.beginPurge(new Date(now.getTime() + 1_000), 10)).toEqual([]);
      const { picture } = (await database.findUsers(['ann'])).get('ann') ?? {};
      expect([picture?.id, picture?.altText]).toEqual([live, 'Me at sea']);
      expect(await database.stateOf(trashed)).toBe('trash');
      expect(await database.abandon(pending.id)).toBe('deleting');
      await database.deleteRows([pending.id]);
      await database.abandonLeftovers();
      expect(await database.findDeleting()).toHaveLength(1);
      await movable.deleteMove();
      await database.checkWritable();
      expect(await database.setAltText(ANN, 'Other')).toBe(live);
    });

    it.each<[string, Move]>([
      ['here', { ...leaving, side: 'to', finished: true }],
      ['of its files to the storage in use', { ...leaving, database: null, storage: HERE, finished: true }],
    ])('accepts the changes of users after a move %s', async (_what, move) => {
      const { database, movable, live } = await openFilled();
      await movable.saveMove(move);
      await database.checkWritable();
      expect(await makeLive(database, 'ann')).not.toBe(live);
    });

    it('can be claimed by one move at a time', async () => {
      const { openMovable } = await openNew();
      const [first, second] = [await openMovable(), await openMovable()];
      await first.claim();
      await expect(second.claim()).rejects.toThrow(DatabaseInUseError);
      await first[Symbol.asyncDispose]();
      await second.claim();
    });
  });
}
