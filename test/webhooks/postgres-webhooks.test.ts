import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PictureDatabase } from '../../src/database/database.ts';
import { DatabaseBusyError } from '../../src/database/errors.ts';
import type { Outbox, OutboxEvent } from '../../src/database/outbox.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { MAX_CONCURRENT_ATTEMPTS } from '../../src/webhooks/endpoint-state.ts';
import { startSender } from '../../src/webhooks/start-sender.ts';
import { newPostgres, openInstance, runSql, waitingForLocks } from '../support/postgres.ts';
import { interceptStatements } from '../support/statements.ts';
import { receiverForTest, status, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { ANN, writerOf } from '../support/writers.ts';

const DETAILS = { width: 64, height: 64, sizes: [64], placeholder: 'data:', dominantColor: '#000000' };

interface Instance {
  readonly database: PictureDatabase;
  readonly outbox: Outbox;
}

async function openTwo(): Promise<{ url: string; first: Instance; second: Instance }> {
  const url = await newPostgres();
  const open = async () => {
    const database = await openInstance(url, { recordsChanges: true });
    return { database, outbox: database.outbox as Outbox };
  };
  return { url, first: await open(), second: await open() };
}

async function makeLive({ database }: Instance, user: string): Promise<void> {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  const picture = { id, path: picturePath(id), userId: user, fileName: 'me.jpg', altText: null };
  await database.accept({ ...picture, acceptedAt: new Date() }, writerOf(user));
  await database.settle(id, user, DETAILS, new Date());
}

function start({ outbox }: Instance, receiver: WebhookReceiver): void {
  const urls = createUrls(
    () => 'https://portrait.example',
    () => 'https://portrait.example',
  );
  const logger = createLogger('silent');
  onTestFinished(startSender({ outbox, url: receiver.url, secrets: [randomBytes(32)], urls, logger }));
}

/** Holds the next COMMIT of this process. @returns when the COMMIT is held, and a function that releases it. */
function holdCommit(fail = false) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isNext = true;
  const hook = interceptStatements(async ({ text }) => {
    if (text === 'COMMIT' && isNext) {
      isNext = false;
      held.resolve();
      await released.promise;
      if (fail) {
        throw new Error('requested by the test');
      }
    }
  });
  onTestFinished(() => hook[Symbol.dispose]());
  return { held: held.promise, release: released.resolve };
}

describe('Two instances', () => {
  it('share the webhooks, and deliver those of each user in order', async () => {
    const { first, second } = await openTwo();
    const users = Array.from({ length: MAX_CONCURRENT_ATTEMPTS + 4 }, (_, index) => `user-${index}`);
    for (const user of users) {
      await makeLive(first, user);
      await second.database.setAltText(writerOf(user), 'Second');
      await first.database.setAltText(writerOf(user), 'Third');
    }
    const receivers = [await receiverForTest(), await receiverForTest()] as const;
    const arrived = new Map<string, (string | null)[]>(users.map((user) => [user, []]));
    const all = Promise.withResolvers<void>();
    for (const receiver of receivers) {
      receiver.respond((response, { data }) => {
        arrived.get(data.userId)?.push(data.altText);
        if ([...arrived.values()].every(({ length }) => length > 0)) {
          all.resolve();
        }
        void all.promise.then(() => response.writeHead(204).end());
      });
    }
    start(first, receivers[0]);
    start(second, receivers[1]);
    // Neither instance alone can send to all users at once.
    await all.promise;
    await expect.poll(() => [...arrived.values()]).toEqual(users.map(() => [null, 'Second', 'Third']));
    expect(receivers.map(({ received }) => received.length > 0)).toEqual([true, true]);
  });

  it('take over the webhook that an instance claimed before it ended', async () => {
    const { url, first, second } = await openTwo();
    await makeLive(first, 'ann');
    const [claimed] = await first.outbox.claim(1);
    expect(await second.outbox.claim(1)).toEqual([]);
    await first.database.close();
    await runSql(url, "UPDATE portrait.outbox SET next_attempt_at = next_attempt_at - interval '30 seconds'");
    const receiver = await receiverForTest();
    start(second, receiver);
    await receiver.until(({ length }) => length === 1);
    expect(receiver.received[0]?.id).toBe(claimed?.id);
  });

  it('lose no change that one records while the other completes the event before it', async () => {
    const { url, first, second } = await openTwo();
    await makeLive(first, 'ann');
    const [event] = (await second.outbox.claim(1)) as [OutboxEvent];
    const { held, release } = holdCommit();
    const described = first.database.setAltText(ANN, 'At sea');
    await held;
    const completed = second.outbox.complete(event);
    await waitingForLocks(url, 1);
    release();
    await Promise.all([described, completed]);
    expect(await second.outbox.claim(1)).toMatchObject([{ userId: 'ann', altText: 'At sea' }]);
  });
});

describe('The outbox', () => {
  it('has no event of a change that is rolled back', async () => {
    const { first, second } = await openTwo();
    await makeLive(first, 'ann');
    const { release } = holdCommit(true);
    release();
    await expect(first.database.setAltText(ANN, 'At sea')).rejects.toThrow(DatabaseBusyError);
    await first.database.moveToTrash(ANN, new Date());
    const receiver = await receiverForTest();
    receiver.respond(status(204));
    start(second, receiver);
    await receiver.until(({ length }) => length === 2);
    expect(receiver.received.map(({ type }) => type)).toEqual([
      'profile_picture.updated',
      'profile_picture.removed',
    ]);
  });

  it('is searched with one statement while no event is due', async () => {
    const { first } = await openTwo();
    // Opens the connection.
    await first.outbox.claim(1);
    const statements: string[] = [];
    using _ = interceptStatements(async ({ text }) => {
      statements.push(text);
    });
    expect(await first.outbox.claim(1)).toEqual([]);
    expect(statements).toHaveLength(1);
  });
});
