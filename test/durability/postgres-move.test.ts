import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, startCommand } from '../support/commands.ts';
import { type FaultyProxy, type ProxiedRequest, startFaultyProxy } from '../support/faulty-proxy.ts';
import { upload } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { ModelledUser } from '../support/modelled-user.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { newPostgres } from '../support/postgres.ts';
import { randomFrom } from '../support/random-from.ts';
import { environmentOfS3, type S3Store, startS3Store } from '../support/s3-store.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const USERS = 6;
const ACTS = 5;
const SIGNED_IN = { AUTH_SECRET, UPLOADS_PER_HOUR: '0' };

let store: S3Store;
let proxy: FaultyProxy;

beforeAll(async () => {
  store = await startS3Store();
  proxy = await startFaultyProxy(store.endpoint);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

/** Creates users who upload, replace, remove and restore pictures. */
async function createUsers(server: Portrait): Promise<ModelledUser[]> {
  const users: ModelledUser[] = [];
  for (let seed = 0; seed < USERS; seed += 1) {
    const user = new ModelledUser(await signedIn(`user-${seed}`), randomFrom(seed));
    users.push(user);
    for (let act = 0; act < ACTS; act += 1) {
      await user.act(server);
    }
  }
  return users;
}

const keptBy = (users: readonly ModelledUser[]) => users.flatMap(({ kept }) => kept);

/** Makes the store hang after `count` matching requests. @returns a promise that resolves when the store hangs. */
function hangAfter(count: number, matches: (request: ProxiedRequest) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  proxy.fault = (request) => {
    if (!matches(request)) {
      return undefined;
    }
    seen += 1;
    if (seen <= count) {
      return undefined;
    }
    resolve();
    return { type: 'hang' };
  };
  return promise;
}

async function expectUploadsRejected(server: Portrait): Promise<void> {
  const { status, errors } = await upload(
    server,
    await pictureFile('cmyk.jpg'),
    {},
    await signedIn('user-0'),
  );
  expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
}

describe('npm run move', () => {
  it('from SQLite and a folder to Postgres and a bucket, and back, loses nothing if it is killed each time', async () => {
    const old = await portraitForTest({ env: SIGNED_IN });
    const users = await createUsers(old);
    const postgres = await newPostgres();
    const bucket = environmentOfS3(store, { prefix: 'moved', proxy });
    const { STORAGE_URL: bucketUrl = '', ...keys } = bucket;
    const newEnv = { ...SIGNED_IN, ...bucket, DATABASE_URL: postgres };
    const toEnv = Object.fromEntries(Object.entries(keys).map(([name, value]) => [`TO_${name}`, value]));
    const args = ['move', '--to-database', postgres, '--to-storage', bucketUrl];

    const hanging = hangAfter(20, ({ method }) => method === 'PUT');
    const killed = startCommand(old.folder, args, { env: { ...SIGNED_IN, ...toEnv } });
    await hanging;
    await expectUploadsRejected(old);
    const tooEarly = await portraitForTest({ env: newEnv }).catch((error: Error) => error.message);
    expect(tooEarly).toContain('A move into this database is not finished.');
    const second = await runCommand(old.folder, args, { env: { ...SIGNED_IN, ...toEnv } });
    expect(second.stderr).toContain('Another move is using the database');
    await expectUsersHaveAll(old, users);
    await killed.kill();
    await expectUploadsRejected(old);
    await expectUsersHaveAll(old, users);
    proxy.fault = () => undefined;
    const finished = await runCommand(old.folder, args, { env: { ...SIGNED_IN, ...toEnv } });
    expect(finished.stderr).not.toContain('failed');
    expect(finished.stdout).toContain(`${USERS} users and ${keptBy(users).length} pictures were moved`);
    await expectUploadsRejected(old);

    const moved = await portraitForTest({ env: newEnv });
    await expectUsersHaveAll(moved, users);
    for (const user of users) {
      for (let act = 0; act < ACTS; act += 1) {
        await user.act(moved);
      }
    }
    await expectUsersHaveAll(moved, users);
    const bucketAudit = await runCommand(moved.folder, ['reconcile'], { env: newEnv });
    expect(bucketAudit.stdout).toContain('0 with missing files.');

    const target = await temporaryFolder();
    const back = [
      'move',
      '--to-database',
      `file:${join(target, 'data/portrait.db')}`,
      '--to-storage',
      `file:${join(target, 'pictures')}`,
    ];
    const reading = hangAfter(30, ({ method, path }) => method === 'GET' && /\.(webp|jpg)/.test(path));
    const killedAgain = startCommand(moved.folder, back, { env: newEnv });
    await reading;
    await killedAgain.kill();
    await expectUploadsRejected(moved);
    proxy.fault = () => undefined;
    await expectUsersHaveAll(moved, users);
    expect(await runCommand(moved.folder, back, { env: newEnv })).toMatchObject({ code: 0 });
    const home = await portraitForTest({ folder: target, env: SIGNED_IN });
    await expectUsersHaveAll(home, users);
    await expectNothingLost(target, keptBy(users));
  });
});

/** Checks that each user has the last acknowledged picture on this server. */
async function expectUsersHaveAll(server: Portrait, users: readonly ModelledUser[]): Promise<void> {
  for (const user of users) {
    await user.settle(server);
  }
}
