import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { query, type TestUser, USER_FIELDS, upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { runSql } from '../support/postgres.ts';
import { randomFrom } from '../support/random-from.ts';
import { signedIn } from '../support/signed-in.ts';
import { startThreeInstances, type ThreeInstances } from '../support/three-instances.ts';

/** More on demand: INSTANCE_KILLS=100 npm run test:deploy -- three-instances */
const KILLS = Number(process.env['INSTANCE_KILLS'] ?? 10);
/** Answers between two kills, at most; and the milliseconds from the last of them to the kill. */
const MAX_ANSWERS = 20;
const MAX_DELAY = 200;
const DRAIN_SECONDS = 2;

interface Load {
  /** URLs of acknowledged pictures. */
  readonly acknowledged: readonly string[];
  /** What was not answered as it should. */
  readonly failed: readonly string[];
  /** Resolves when so many more requests have been answered. */
  answers(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Uploads of one picture after the other in three rows, each by another user, and readers who look at what they sent. */
function startLoad(url: string): Load {
  const acknowledged: string[] = [];
  const failed: string[] = [];
  let answered = 0;
  let wake = () => {};
  let going = true;
  const loop = async (what: string, send: () => Promise<string | undefined>) => {
    while (going) {
      const fault = await send().catch((error: Error) => `${error.message} ${String(error.cause ?? '')}`);
      if (fault !== undefined) {
        failed.push(`${what}: ${fault}`);
        // Whoever retries at once keeps both cores busy with being refused.
        await sleep(20);
      }
      answered += 1;
      wake();
    }
  };
  // nginx closes connections that are kept when it is reloaded, and a request may be on its way over one of them.
  const ownConnection = { Connection: 'close' };
  const uploader = async (row: string, name: string) => {
    const file = await pictureFile(name);
    let users = 0;
    await loop('upload', async () => {
      // Each has one picture, so none of them leaves a trash.
      users += 1;
      const headers = { ...(await signedIn(`${row}-${users}`)), ...ownConnection };
      const { status, data, errors } = await upload({ url }, file, {}, headers);
      const picture = data?.uploadProfilePicture.profilePicture;
      if (picture == null) {
        return `${status} ${JSON.stringify(errors)}`;
      }
      acknowledged.push(picture.url);
      return undefined;
    });
  };
  const reader = () =>
    loop('read', async () => {
      const answer = await query(
        { url },
        '{ users(ids: ["ann-1", "bob-1", "cem-1"]) { id avatarUrl } }',
        {},
        ownConnection,
      );
      const picture = acknowledged.at(-1);
      const status = picture === undefined ? 200 : (await fetch(picture, { headers: ownConnection })).status;
      return answer.status === 200 && status === 200 ? undefined : `${answer.status} ${status}`;
    });
  const running = Promise.all([
    uploader('ann', 'photo.webp'),
    uploader('bob', 'cmyk.jpg'),
    uploader('cem', 'transparent.png'),
    reader(),
  ]);
  return {
    acknowledged,
    failed,
    async answers(count) {
      const enough = answered + count;
      while (answered < enough) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async stop() {
      going = false;
      await running;
    },
  };
}

async function countOf(instances: ThreeInstances, state: string): Promise<unknown> {
  const sql = `SELECT count(*)::int AS count FROM portrait.pictures WHERE state = '${state}'`;
  return (await runSql(instances.databaseUrl, sql))[0]?.['count'];
}

async function expectAllThere(urls: readonly string[]): Promise<void> {
  const statuses = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
}

describe('Three instances behind nginx, on one Postgres and one bucket', () => {
  it('show at once what was uploaded through another', async () => {
    await using instances = await startThreeInstances();
    const alice = await signedIn('alice');
    const [first = '', ...others] = instances.urls;
    for (const name of ['photo.webp', 'cmyk.jpg']) {
      const { data } = await upload({ url: first }, await pictureFile(name), {}, alice);
      const picture = data?.uploadProfilePicture.profilePicture;
      const path = new URL(picture?.url as string).pathname;
      for (const url of others) {
        const seen = await query<{ user: TestUser }>({ url }, `{ user(id: "alice") { ${USER_FIELDS} } }`);
        expect(seen.data?.user.profilePicture).toEqual(picture);
        expect((await fetch(url + path)).status).toBe(200);
      }
    }
  });

  it('count the uploads of a user together', async () => {
    await using instances = await startThreeInstances({ UPLOADS_PER_HOUR: '3' });
    const alice = await signedIn('alice');
    const file = await pictureFile('cmyk.jpg');
    const statuses: number[] = [];
    for (const url of [...instances.urls, ...instances.urls]) {
      statuses.push((await upload({ url }, file, {}, alice)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  });

  it(
    `lose nothing that was acknowledged when one after another is killed under load, ${KILLS} times`,
    async () => {
      await using instances = await startThreeInstances({ UPLOADS_PER_HOUR: '0', REQUESTS_PER_MINUTE: '0' });
      const random = randomFrom(1);
      const load = startLoad(instances.nginx.url);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await load.answers(1 + Math.floor(random() * MAX_ANSWERS));
        await sleep(random() * MAX_DELAY);
        const index = Math.floor(random() * instances.urls.length);
        await instances.end(index, 'SIGKILL');
        await load.answers(3);
        await instances.start(index);
      }
      await load.stop();
      expect(load.acknowledged.length).toBeGreaterThan(KILLS);
      await expectAllThere(load.acknowledged);
      // The last start cleared what those that were killed had left.
      expect([await countOf(instances, 'pending'), await countOf(instances, 'deleting')]).toEqual([0, 0]);
      expect(await instances.reconcile()).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('0 with missing files'),
      });
    },
    60_000 + KILLS * 10_000,
  );

  it('are restarted one after the other, and no request fails', { timeout: 180_000 }, async () => {
    await using instances = await startThreeInstances({
      UPLOADS_PER_HOUR: '0',
      REQUESTS_PER_MINUTE: '0',
      DRAIN_SECONDS: String(DRAIN_SECONDS),
    });
    const load = startLoad(instances.nginx.url);
    for (const [index, url] of instances.urls.entries()) {
      await load.answers(10);
      await instances.nginx.leaveOut([Number(new URL(url).port)]);
      const ended = instances.end(index, 'SIGTERM');
      await expect.poll(async () => (await fetch(`${url}/ready`)).status).toBe(503);
      expect(await ended).toBe(0);
      await load.answers(10);
      await instances.start(index);
      await instances.nginx.leaveOut([]);
    }
    await load.stop();
    expect(load.failed).toEqual([]);
    await expectAllThere(load.acknowledged);
    expect(await countOf(instances, 'pending')).toBe(0);
  });
});
