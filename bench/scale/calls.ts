import { hash, randomBytes, randomInt } from 'node:crypto';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import {
  type EmailHashes,
  type NewPicture,
  type PictureDatabase,
  TRASH_LIMIT,
} from '../../src/database/database.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { MAX_AGE_MS, MAX_EVENTS } from '../../src/webhooks/drop-excess.ts';
import { TRASH_MS } from '../../src/upkeep/janitor.ts';
import { type Filled, pathOf, userId } from './tables.ts';

/** Runs one call of the database, and records its measurement under a name. */
export type Call = <T>(name: string, run: () => Promise<T>) => Promise<T>;

/** Cleanup that the limiter does every five minutes. Its types do not declare this method. */
interface ExpiredCountsCleanup {
  clearExpired(expiredBefore: number): Promise<void>;
}

export const LIMIT = { name: 'uploads', points: 1_000_000, duration: 3_600 };

const HOUR_MS = 3_600_000;
const USERS_PER_QUERY = 100;
const PURGE_BATCH_SIZE = 100;
const PATHS_PER_CALL = 500;
const CLAIMED_EVENTS = 8;
const PLACEHOLDER = `data:image/webp;base64,${'A'.repeat(177)}`;
const DETAILS = {
  width: 4032,
  height: 3024,
  sizes: [64, 128, 256, 512],
  placeholder: PLACEHOLDER,
  dominantColor: '#808080',
};

/** Returns the ID of a random user. */
export function anyUser({ users }: Filled): string {
  return userId(randomInt(1, users + 1));
}

/** Returns the hashes that tables.ts stores for a user, whose ID takes the place of an address. */
function emailHashesOf(user: string): EmailHashes {
  return { md5: hash('md5', user), sha256: hash('sha256', user) };
}

function newPicture(user: string): NewPicture {
  const id = `pic_${randomBytes(16).toString('hex')}`;
  return {
    id,
    path: picturePath(id),
    userId: user,
    fileName: 'me.jpg',
    altText: null,
    acceptedAt: new Date(),
  };
}

/** Calls every method of a database. Methods that need a user get this user. */
export async function callEverything(
  database: PictureDatabase,
  limiter: RateLimiterAbstract,
  filled: Filled,
  user: string,
  call: Call,
): Promise<void> {
  await callAsReader(database, filled, user, call);
  await call('openLimiter: consume', () => limiter.consume(user));
  await callAsOwner(database, user, call);
  await callAsLeaver(database, call);
  await callAsJanitor(database, call);
  await callAsSender(database, call);
  await call('openLimiter: clear', () =>
    (limiter as RateLimiterAbstract & ExpiredCountsCleanup).clearExpired(Date.now() - HOUR_MS),
  );
  await call('reconcile: knownPaths', () =>
    database.knownPaths(
      Array.from({ length: PATHS_PER_CALL }, () => pathOf(randomInt(1, filled.pictures + 1))),
    ),
  );
  await call('reconcile: storedPictures', async () => {
    const batches = database.storedPictures()[Symbol.asyncIterator]();
    await batches.next();
    await batches.next();
  });
}

async function callAsReader(database: PictureDatabase, filled: Filled, user: string, call: Call) {
  await call('check', () => database.check());
  await call('findAvatar', async () => database.findAvatar(user));
  const { md5, sha256 } = emailHashesOf(user);
  await call('findPictureByEmail: md5', () => database.findPictureByEmail({ md5 }));
  await call('findPictureByEmail: sha256', () => database.findPictureByEmail({ sha256 }));
  await call('findUsers: one', async () => database.findUsers([user]));
  await call('findUsers: a hundred', async () =>
    database.findUsers(Array.from({ length: USERS_PER_QUERY }, () => anyUser(filled))),
  );
  await call('findRestricted: a hundred', async () =>
    database.findRestricted(
      Array.from({ length: USERS_PER_QUERY }, () => anyUser(filled)),
      user,
      new Date(),
    ),
  );
}

async function callAsOwner(database: PictureDatabase, user: string, call: Call) {
  const now = new Date();
  const writer = { subject: user, actor: user, name: 'Ann' };
  const [first, late, failed, last] = Array.from({ length: 4 }, () => newPicture(user)) as [
    NewPicture,
    NewPicture,
    NewPicture,
    NewPicture,
  ];
  await call('findUploadBlock', () => database.findUploadBlock(user, now));
  await call('setUploadBlock', () => database.setUploadBlock(writer, { until: now, reason: 'Spam' }, now));
  await call('setUploadBlock: end', () => database.setUploadBlock(writer, null, now));
  await call('accept', () => database.accept(first, writer));
  await call('settle', () => database.settle(first.id, user, DETAILS, now));
  await call('setAltText', () => database.setAltText(writer, 'Ann'));
  const emailHashes = emailHashesOf(user);
  await call('setAltText: with an address', () => database.setAltText({ ...writer, emailHashes }, 'Ann'));
  await database.accept(late, writer);
  await call('moveToTrash', () => database.moveToTrash(writer, now));
  await call('settle: too late', () => database.settle(late.id, user, DETAILS, now));
  await call('restore', () => database.restore(writer, now));
  await database.accept(failed, writer);
  await call('abandon', () => database.abandon(failed.id));
  await call('deleteRows', () => database.deleteRows([failed.id]));
  await call('beginDeletion', () => database.beginDeletion(writer));
  await call('stateOf', () => database.stateOf(first.id));
  for (let count = 0; count <= TRASH_LIMIT; count += 1) {
    const next = newPicture(user);
    await database.accept(next, writer);
    await database.settle(next.id, user, DETAILS, now);
  }
  // Leaves the user with a picture, as at the start.
  await database.accept(last, writer);
  await call('settle: full trash', () => database.settle(last.id, user, DETAILS, now));
}

/** Deletes a new user, who has a picture in each state. */
async function callAsLeaver(database: PictureDatabase, call: Call) {
  const user = `leaver-${randomBytes(8).toString('hex')}`;
  const now = new Date();
  const writer = { subject: user, actor: user, name: 'Ann' };
  const deletions = await call('countDeletions', () => database.countDeletions(user));
  for (const picture of [newPicture(user), newPicture(user)]) {
    await database.accept(picture, writer, deletions);
    await database.settle(picture.id, user, DETAILS, now);
  }
  const pending = newPicture(user);
  await call('accept: after a check', () => database.accept(pending, writer, deletions));
  const { pictures } = await call('beginUserDeletion', () => database.beginUserDeletion(user, user, now));
  await call('abandon', () => database.abandon(pending.id));
  await database.deleteRows([pending.id, ...pictures.map(({ id }) => id)]);
  await call('finishUserDeletions: one', () => database.finishUserDeletions(user));
  await call('beginUserDeletion: unknown', () => database.beginUserDeletion(user, user, now));
}

async function callAsSender({ outbox }: PictureDatabase, call: Call) {
  if (outbox === undefined) {
    return;
  }
  const [delivered, failed, released] = await call('outbox: claim', () => outbox.claim(CLAIMED_EVENTS));
  if (delivered === undefined || failed === undefined || released === undefined) {
    return;
  }
  await call('outbox: complete', () => outbox.complete(delivered));
  await call('outbox: postpone', () => outbox.postpone(failed, HOUR_MS));
  await call('outbox: release', () => outbox.release(released));
  await call('outbox: dropExcess', () => outbox.dropExcess({ events: MAX_EVENTS, age: MAX_AGE_MS }));
  await call('outbox: dropExcess of a batch', () =>
    outbox.dropExcess({ events: MAX_EVENTS / 2, age: MAX_AGE_MS }),
  );
}

async function callAsJanitor(database: PictureDatabase, call: Call) {
  await call('exclusively', () => database.exclusively(async () => {}));
  await call('findEndedInstances', () => database.findEndedInstances(['0123456789abcdef']));
  await call('abandonLeftovers', () => database.abandonLeftovers());
  await call('findDeleting', () => database.findDeleting());
  await call('finishUserDeletions: all', () => database.finishUserDeletions());
  await call('beginPurge', () => database.beginPurge(new Date(Date.now() - TRASH_MS), PURGE_BATCH_SIZE));
  await call('beginPurge: none', () => database.beginPurge(new Date(0), PURGE_BATCH_SIZE));
}
