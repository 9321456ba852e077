import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { type SenderOptions, startSender } from '../../src/webhooks/start-sender.ts';
import { findFreePort } from '../support/free-port.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type ReceivedWebhook, receiverForTest, status } from '../support/webhook-receiver.ts';
import { writerOf } from '../support/writers.ts';

/** Levels of pino. */
const [INFO, WARN, ERROR] = [30, 40, 50];
const SECRET = randomBytes(32);
const URLS = createUrls(
  () => 'https://portrait.example',
  () => 'https://pictures.example',
);

/** Opens a database that records changes, and a function that starts senders for it. */
async function openOutbox() {
  const database = openSqliteDatabase(join(await temporaryFolder(), 'portrait.db'), { recordsChanges: true });
  const store = await openPictureStore({ database });
  const lines: { msg: string; [fact: string]: unknown }[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
  const { outbox } = database;
  if (outbox === undefined) {
    throw new Error('The database records no changes.');
  }
  const start = (
    url: string,
    retryDelays: readonly number[] = [0, 0, 0],
    replaced: Partial<SenderOptions> = {},
  ) => {
    const options = { outbox, secrets: [SECRET], urls: URLS, logger, retryDelays, firstPause: 1 };
    const stop = startSender({ ...options, ...replaced, url });
    onTestFinished(stop);
    return stop;
  };
  const describePicture = (userId: string, altText: string) => database.setAltText(writerOf(userId), altText);
  return {
    database,
    outbox,
    store,
    start,
    describePicture,
    messages: () => lines.map(({ msg }) => msg),
    lines,
  };
}

const textsOf = (received: readonly ReceivedWebhook[], user: string) =>
  received.filter(({ data }) => data.userId === user).map(({ data }) => data.altText);

const idsOf = (received: readonly ReceivedWebhook[]) => received.map(({ id }) => id);

describe('The sender', () => {
  it('sends each change as soon as it is committed, signed and without a name', async () => {
    const { store, start, describePicture, database } = await openOutbox();
    const receiver = await receiverForTest();
    start(receiver.url);
    const id = await store.makeLive('ann/ä');
    await receiver.until(({ length }) => length === 1);
    await describePicture('ann/ä', 'At sea');
    await database.moveToTrash({ ...writerOf('ann/ä'), actor: 'moderator' }, new Date());
    await receiver.until(({ length }) => length === 3);
    const bodies = receiver.received.map(({ headers, body }) =>
      new Webhook(`whsec_${SECRET.toString('base64')}`).verify(body, headers as Record<string, string>),
    );
    const path = `${id.slice(4, 6)}/${id.slice(6, 8)}/${id}`;
    const data = {
      userId: 'ann/ä',
      pictureId: id,
      stableAvatarUrl: 'https://portrait.example/users/ann%2F%C3%A4/avatar',
      avatarUrl: `https://pictures.example/${path}/64.webp`,
      dominantColor: '#000000',
      altText: null,
      changedAt: expect.stringMatching(/^\d{4}-.+Z$/),
      actor: 'ann/ä',
    };
    const removed = { avatarUrl: null, dominantColor: null, actor: 'moderator' };
    expect(bodies).toEqual([
      { type: 'profile_picture.updated', timestamp: expect.any(String), data },
      {
        type: 'profile_picture.updated',
        timestamp: expect.any(String),
        data: { ...data, altText: 'At sea' },
      },
      { type: 'profile_picture.removed', timestamp: expect.any(String), data: { ...data, ...removed } },
    ]);
  });

  it('sends the changes of a user in order, and those of others while that user’s receiver is slow', async () => {
    const { store, start, describePicture } = await openOutbox();
    const receiver = await receiverForTest();
    const held = Promise.withResolvers<void>();
    let concurrent = 0;
    receiver.respond((response, { data }) => {
      concurrent += data.userId === 'ann' ? 1 : 0;
      expect(concurrent).toBeLessThanOrEqual(1);
      const end = () => {
        concurrent -= data.userId === 'ann' ? 1 : 0;
        response.writeHead(204).end();
      };
      void (data.userId === 'ann' ? held.promise.then(() => setImmediate(end)) : end());
    });
    start(receiver.url);
    await store.makeLive('ann');
    const texts = Array.from({ length: 5 }, (_, index) => `Text ${index}`);
    for (const text of texts) {
      await describePicture('ann', text);
    }
    for (const user of ['bob', 'cid', 'dan']) {
      await store.makeLive(user);
      await describePicture(user, 'Me');
    }
    await receiver.until(({ length }) => length === 7);
    expect(textsOf(receiver.received, 'ann')).toEqual([null]);
    expect(textsOf(receiver.received, 'dan')).toEqual([null, 'Me']);
    held.resolve();
    await receiver.until(({ length }) => length === 12);
    expect(textsOf(receiver.received, 'ann')).toEqual([null, ...texts]);
  });

  it('retries with the same id and a new signature, and drops a webhook after its last attempt', async () => {
    const { store, start, describePicture, lines } = await openOutbox();
    const receiver = await receiverForTest();
    receiver.respond((response, { data }) => response.writeHead(data.altText === null ? 500 : 204).end());
    start(receiver.url);
    const picture = await store.makeLive('ann');
    await describePicture('ann', 'At sea');
    await receiver.until((received) => textsOf(received, 'ann').includes('At sea'));
    expect(textsOf(receiver.received, 'ann')).toEqual([null, null, null, null, 'At sea']);
    const [first, second, third, fourth, last] = receiver.received;
    expect(new Set(idsOf(receiver.received))).toEqual(new Set([first?.id, last?.id]));
    expect([second?.body, third?.body, fourth?.body]).toEqual([first?.body, first?.body, first?.body]);
    await expect.poll(() => lines).toHaveLength(3);
    const facts = {
      webhook: first?.id,
      subject: 'ann',
      picture,
      type: 'profile_picture.updated',
      status: 500,
    };
    expect(lines).toMatchObject([
      { level: WARN, msg: 'The webhook endpoint fails; retrying with one webhook at a time', ...facts },
      { level: ERROR, msg: 'Dropped a webhook after its last attempt', attempts: 4, ...facts },
      { level: INFO, msg: 'The webhook endpoint works again' },
    ]);
  });

  it('sends few webhooks to an unavailable endpoint, however many users wait, and all when it is back', async () => {
    const { store, start } = await openOutbox();
    const receiver = await receiverForTest();
    receiver.respond(status(503));
    const USERS = 40;
    for (let user = 0; user < USERS; user += 1) {
      await store.makeLive(`user-${user}`);
    }
    start(receiver.url, Array<number>(20).fill(0));
    await receiver.until(({ length }) => length >= 10);
    receiver.respond(status(204));
    const failed = receiver.received.length;
    expect(failed).toBeLessThan(USERS);
    const delivered = () => new Set(idsOf(receiver.received.slice(failed)));
    await receiver.until(() => delivered().size === USERS);
  });

  it('does not send what it claimed so long ago that another instance may claim it during the attempt', async () => {
    const { outbox, store, start } = await openOutbox();
    const receiver = await receiverForTest();
    let time = 0;
    let pause = 15_000;
    const claim: typeof outbox.claim = async (limit) => {
      const events = await outbox.claim(limit);
      time += events.length > 0 ? pause : 0;
      return events;
    };
    await store.makeLive('ann');
    await store.makeLive('bob');
    const claimOne: typeof outbox.claim = async () => await claim(1);
    start(receiver.url, [], { outbox: { ...outbox, claim: claimOne }, now: () => time });
    await expect.poll(() => time).toBe(30_000);
    pause = 14_999;
    await store.makeLive('cid');
    await receiver.until(({ length }) => length === 1);
    expect(receiver.received.map(({ data }) => data.userId)).toEqual(['cid']);
  });

  it('stops at a 410 until a restart, and keeps the webhooks', async () => {
    const { store, start, messages } = await openOutbox();
    const receiver = await receiverForTest();
    receiver.respond(status(410));
    const stop = start(receiver.url);
    await store.makeLive('ann');
    const GONE = 'The webhook endpoint is gone (410); sending no webhooks until a restart';
    await expect.poll(messages).toEqual([GONE]);
    receiver.respond(status(204));
    await store.makeLive('bob');
    await stop();
    expect(receiver.received).toHaveLength(1);
    start(receiver.url);
    await receiver.until(({ length }) => length === 3);
    expect(receiver.received.map(({ data }) => data.userId)).toEqual(['ann', 'ann', 'bob']);
    expect(messages()).toEqual([GONE]);
  });

  it('stops soon while a receiver does not respond, and sends the webhook again after the next start', async () => {
    const { store, start } = await openOutbox();
    const receiver = await receiverForTest();
    receiver.respond(() => {});
    const stop = start(receiver.url);
    await store.makeLive('ann');
    await receiver.until(({ length }) => length === 1);
    // The time limit of an attempt is much longer.
    expect(await Promise.race([stop().then(() => 'stopped'), sleep(10_000, 'late', { ref: false })])).toBe(
      'stopped',
    );
    receiver.respond(status(204));
    start(receiver.url);
    await receiver.until(({ length }) => length === 2);
    const [first, second] = receiver.received;
    expect(second?.id).toBe(first?.id);
  });

  it('delivers to a receiver that starts later', async () => {
    const { store, start, messages } = await openOutbox();
    const port = await findFreePort();
    start(`http://127.0.0.1:${port}/webhooks`, Array<number>(1_000).fill(10));
    await store.makeLive('ann');
    await expect.poll(messages).toEqual(['The webhook endpoint fails; retrying with one webhook at a time']);
    const receiver = await receiverForTest(port);
    await receiver.until(({ length }) => length === 1);
    await expect.poll(messages).toContain('The webhook endpoint works again');
  });
});
