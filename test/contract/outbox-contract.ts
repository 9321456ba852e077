import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NewPicture, PictureDatabase, PictureDetails, Writer } from '../../src/database/database.ts';
import { PictureNotPendingError } from '../../src/database/errors.ts';
import type { MovableDatabase } from '../../src/database/movable.ts';
import { DROP_BATCH_SIZE, type Outbox, type OutboxEvent } from '../../src/database/outbox.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { ANN, BOB, CID, EVE } from '../support/writers.ts';

export interface OpenedOutbox {
  /** A database that records changes. */
  readonly database: PictureDatabase;
  /** The same database, which shows all events. */
  readonly movable: MovableDatabase;
  /** Opens the same database without recording changes. */
  openSilent(): Promise<PictureDatabase>;
}

const DETAILS: PictureDetails = {
  width: 640,
  height: 480,
  sizes: [64, 128, 256],
  placeholder: 'data:image/webp;base64,AAAA',
  dominantColor: '#102030',
};
const NO_PICTURE = { path: null, sizes: null, dominantColor: null, altText: null };
const HOUR_MS = 3_600_000;

function newPicture(userId: string): NewPicture {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  return { id, path: picturePath(id), userId, fileName: 'me.jpg', altText: null, acceptedAt: new Date() };
}

async function accept(database: PictureDatabase, writer: Writer): Promise<string> {
  const picture = newPicture(writer.subject);
  await database.accept(picture, writer);
  return picture.id;
}

async function makeLive(database: PictureDatabase, writer: Writer): Promise<string> {
  const id = await accept(database, writer);
  expect((await database.settle(id, writer.actor, DETAILS, new Date())).state).toBe('live');
  return id;
}

/** Returns the outbox of a database that records changes. */
function outboxOf({ outbox }: PictureDatabase): Outbox {
  if (outbox === undefined) {
    throw new Error('The database records no changes.');
  }
  return outbox;
}

/** Claims and completes all events that are due. */
async function deliverAll(outbox: Outbox): Promise<OutboxEvent[]> {
  const delivered: OutboxEvent[] = [];
  for (;;) {
    const events = await outbox.claim(10);
    if (events.length === 0) {
      return delivered;
    }
    for (const event of events) {
      await outbox.complete(event);
    }
    delivered.push(...events);
  }
}

/** Registers the tests that the outbox of every database must pass. @param openNew opens a new and empty database. */
export function describeOutbox(name: string, openNew: () => Promise<OpenedOutbox>): void {
  const usersOf = (events: readonly OutboxEvent[]) => events.map(({ userId }) => userId).sort();

  describe(`The outbox of ${name}`, () => {
    it('has an event for each change, with the live picture after the change', async () => {
      const { database } = await openNew();
      const moderator: Writer = { ...ANN, actor: 'moderator' };
      const first = await makeLive(database, ANN);
      await database.setAltText(ANN, 'Ann at sea');
      const second = await makeLive(database, { ...ANN, actor: null });
      await database.moveToTrash(moderator, new Date());
      await database.restore(moderator, new Date());
      await database.setUploadBlock(moderator, { until: null, reason: 'Spam' }, new Date());
      await database.setUploadBlock(moderator, null, new Date());
      await database.beginDeletion(ANN);
      const events = await deliverAll(outboxOf(database));
      const live = (id: string, altText: string | null) => ({
        path: picturePath(id),
        sizes: DETAILS.sizes,
        dominantColor: DETAILS.dominantColor,
        altText,
      });
      expect(events).toEqual(
        [
          { type: 'profile_picture.updated', actor: 'ann', pictureId: first, ...live(first, null) },
          { type: 'profile_picture.updated', actor: 'ann', pictureId: first, ...live(first, 'Ann at sea') },
          { type: 'profile_picture.updated', actor: null, pictureId: second, ...live(second, null) },
          { type: 'profile_picture.removed', actor: 'moderator', pictureId: second, ...NO_PICTURE },
          { type: 'profile_picture.restored', actor: 'moderator', pictureId: second, ...live(second, null) },
          { type: 'user.upload_block_changed', actor: 'moderator', pictureId: null, ...live(second, null) },
          { type: 'user.upload_block_changed', actor: 'moderator', pictureId: null, ...live(second, null) },
          { type: 'profile_picture.deleted', actor: 'ann', pictureId: second, ...NO_PICTURE },
        ].map((facts) => ({
          ...facts,
          userId: 'ann',
          id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
          sequence: expect.any(Number),
          changedAt: expect.any(Date),
          nextAttemptAt: expect.any(Date),
          failures: 0,
        })),
      );
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      expect(events.map(({ sequence }) => sequence)).toEqual(
        events.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
      );
    });

    it('has no event for writes that change nothing, are superseded or fail, nor for expired trash', async () => {
      const { database, movable, openSilent } = await openNew();
      const outbox = outboxOf(database);
      const early = await accept(database, ANN);
      await makeLive(database, ANN);
      const failed = await accept(database, ANN);
      await deliverAll(outbox);

      expect((await database.settle(early, 'ann', DETAILS, new Date())).state).toBe('trash');
      await database.abandon(failed);
      await expect(database.settle(failed, 'ann', DETAILS, new Date())).rejects.toThrow(
        PictureNotPendingError,
      );
      await database.setAltText(BOB, 'Bob');
      await database.moveToTrash(BOB, new Date());
      await database.beginDeletion(BOB);
      await database.restore(BOB, new Date());
      await database.setUploadBlock(BOB, null, new Date());
      expect(await database.beginPurge(new Date(Date.now() + HOUR_MS), 10)).toHaveLength(1);
      expect(await movable.events(0)).toEqual([]);

      const silent = await openSilent();
      expect(silent.outbox).toBeUndefined();
      await makeLive(silent, CID);
      expect(await movable.events(0)).toEqual([]);
    });

    it('has only the deletion of a deleted user, once, and nothing of an unknown user', async () => {
      const { database, movable, openSilent } = await openNew();
      await makeLive(database, ANN);
      await makeLive(database, BOB);
      await deliverAll(outboxOf(database));
      await database.setAltText(ANN, 'Ann at sea');
      await database.beginUserDeletion('ann', 'moderator', new Date());
      await database.beginUserDeletion('ann', null, new Date());
      await database.beginUserDeletion('zoe', null, new Date());
      const events = await movable.events(0);
      expect(events).toMatchObject([
        { type: 'user.deleted', userId: 'ann', actor: 'moderator', pictureId: null, ...NO_PICTURE },
      ]);

      const silent = await openSilent();
      await database.setAltText(BOB, 'Bob');
      await silent.beginUserDeletion('bob', null, new Date());
      expect(await movable.events(0)).toEqual(events);
    });

    it('gives out the deletion of a user only when no earlier event can be on its way', async () => {
      const { database } = await openNew();
      const outbox = outboxOf(database);
      await makeLive(database, ANN);
      await makeLive(database, BOB);
      const claimed = (await outbox.claim(2)).find(({ userId }) => userId === 'ann') as OutboxEvent;
      await database.beginUserDeletion('ann', 'ann', new Date());
      expect(await outbox.claim(9)).toEqual([]);
      await outbox.complete(claimed);
      expect(await outbox.claim(9)).toEqual([]);

      await makeLive(database, CID);
      await outbox.complete((await outbox.claim(1))[0] as OutboxEvent);
      await database.beginUserDeletion('cid', 'cid', new Date());
      expect(await outbox.claim(9)).toMatchObject([{ type: 'user.deleted', userId: 'cid' }]);
    });

    it('announces commits that recorded an event, and no others', async () => {
      const { database } = await openNew();
      let announced = 0;
      outboxOf(database).onRecorded(() => {
        announced += 1;
      });
      const id = await accept(database, ANN);
      await database.moveToTrash(BOB, new Date());
      expect(announced).toBe(0);
      await database.settle(id, 'ann', DETAILS, new Date());
      expect(announced).toBe(1);
    });

    it('gives out only the oldest event of each user, and each event once', async () => {
      const { database } = await openNew();
      const outbox = outboxOf(database);
      const first = await makeLive(database, ANN);
      await database.setAltText(ANN, 'Ann');
      await makeLive(database, BOB);
      await makeLive(database, CID);
      const claimed = [...(await outbox.claim(2)), ...(await outbox.claim(9))];
      expect(usersOf(claimed)).toEqual(['ann', 'bob', 'cid']);
      expect(await outbox.claim(9)).toEqual([]);
      const ofAnn = claimed.find(({ userId }) => userId === 'ann') as OutboxEvent;
      expect(ofAnn).toMatchObject({ pictureId: first, altText: null });
      await outbox.complete(ofAnn);
      // A repeated completion has no effect.
      await outbox.complete(ofAnn);
      expect(await outbox.claim(9)).toMatchObject([{ userId: 'ann', altText: 'Ann' }]);
    });

    it('keeps an event, and the later events of its user, until the next attempt', async () => {
      const { database } = await openNew();
      const outbox = outboxOf(database);
      await makeLive(database, ANN);
      await makeLive(database, BOB);
      const [one, other] = (await outbox.claim(2)) as [OutboxEvent, OutboxEvent];
      await outbox.release(one);
      expect(await outbox.claim(2)).toMatchObject([{ id: one.id, failures: 0 }]);
      await outbox.postpone(one, 0);
      await outbox.postpone(other, HOUR_MS);
      for (const { userId } of [one, other]) {
        await database.setAltText({ subject: userId, actor: null, name: null }, 'Me');
      }
      expect(await outbox.claim(2)).toMatchObject([{ id: one.id, failures: 1 }]);
    });

    it('drops the oldest events beyond its limits, and delivers the next ones later', async () => {
      const { database, movable } = await openNew();
      const outbox = outboxOf(database);
      const LIMITS = { events: 3, age: HOUR_MS };
      await makeLive(database, ANN);
      await makeLive(database, BOB);
      await database.setAltText(ANN, 'Second');
      expect(await outbox.dropExcess(LIMITS)).toBe(0);
      await database.setAltText(ANN, 'Third');
      await database.setAltText(BOB, 'Second');
      const before = await movable.events(0);
      expect(await outbox.dropExcess(LIMITS)).toBe(2);
      const left = await movable.events(0);
      expect(left.map(({ id }) => id)).toEqual(before.slice(2).map(({ id }) => id));
      // A dropped event may be on its way.
      expect(await outbox.claim(9)).toEqual([]);
      const waits = left.map(({ nextAttemptAt }) => (nextAttemptAt === null ? null : 'later'));
      expect(waits).toEqual(['later', null, 'later']);

      expect(await outbox.dropExcess({ events: 3, age: -HOUR_MS })).toBe(3);
      expect(await movable.events(0)).toEqual([]);
      expect(await outbox.dropExcess({ events: 3, age: Number.POSITIVE_INFINITY })).toBe(0);
    });

    it('drops at most a batch of events at once', async () => {
      const { database, movable } = await openNew();
      await makeLive(database, ANN);
      const [event] = (await movable.events(0)) as [OutboxEvent];
      const copies = Array.from({ length: DROP_BATCH_SIZE }, (_, index) => ({
        ...event,
        sequence: event.sequence + 1 + index,
        userId: `user-${index % 7}`,
      }));
      await movable.addEvents(copies);
      const outbox = outboxOf(database);
      expect(await outbox.dropExcess({ events: 0, age: HOUR_MS })).toBe(DROP_BATCH_SIZE);
      expect(await outbox.dropExcess({ events: 0, age: HOUR_MS })).toBe(1);
    });

    it('moves with the rows, and gives out nothing during the move', async () => {
      const { database, movable } = await openNew();
      const outbox = outboxOf(database);
      await makeLive(database, ANN);
      await database.setAltText(ANN, 'Ann');
      const [claimed] = (await outbox.claim(1)) as [OutboxEvent];
      const move = {
        id: 'm',
        side: 'from',
        finished: false,
        database: 'there',
        storage: 'there',
        copied: 0,
      } as const;
      await movable.saveMove(move);
      await outbox.release(claimed);
      expect(await outbox.claim(9)).toEqual([]);
      const events = await movable.events(0);
      expect(events).toHaveLength(2);
      expect(await movable.eventsBySequence([events[1]?.sequence ?? 0, 999])).toEqual(events.slice(1));
      await movable.deleteMove();

      const target = await openNew();
      await target.movable.addEvents(events);
      await target.movable.addEvents(events);
      expect(await target.movable.events(0)).toEqual(events);
      await makeLive(target.database, EVE);
      const [last] = await target.movable.events(events.at(-1)?.sequence ?? 0);
      expect(last).toMatchObject({ userId: 'eve' });
      const delivered = await deliverAll(outboxOf(target.database));
      expect(delivered.filter(({ userId }) => userId === 'ann').map(({ altText }) => altText)).toEqual([
        null,
        'Ann',
      ]);
    });
  });
}
