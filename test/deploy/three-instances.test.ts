import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { query, type TestUser, USER_FIELDS, upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { runSql } from '../support/postgres.ts';
import { randomFrom } from '../support/random-from.ts';
import { signedIn } from '../support/signed-in.ts';
import { startThreeInstances, type ThreeInstances } from '../support/three-instances.ts';

/** For more kills: `INSTANCE_KILLS=100 npm run test:deploy -- three-instances`. */
const KILLS = Number(process.env['INSTANCE_KILLS'] ?? 10);
/** Maximum number of responses between two kills. */
const MAX_RESPONSES = 20;
/** Maximum milliseconds from the last of these responses to the kill. */
const MAX_DELAY_MS = 200;
const DRAIN_SECONDS = 2;

interface Load {
  /** URLs of acknowledged pictures. */
  readonly acknowledged: readonly string[];
  /** Descriptions of the requests that failed. */
  readonly failed: readonly string[];
  /** Resolves after this number of further responses. */
  responses(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts three loops that upload pictures, each as a new user, and a loop that queries users and loads a picture. */
function startLoad(url: string): Load {
  const acknowledged: string[] = [];
  const failed: string[] = [];
  let received = 0;
  let wake = () => {};
  let active = true;
  const loop = async (name: string, send: () => Promise<string | undefined>) => {
    while (active) {
      const fault = await send().catch((error: Error) => `${error.message} ${String(error.cause ?? '')}`);
      if (fault !== undefined) {
        failed.push(`${name}: ${fault}`);
        // Immediate retries would keep both cores busy with failing requests.
        await sleep(20);
      }
      received += 1;
      wake();
    }
  };
  // When nginx reloads, it closes persistent connections, and a request may be on its way over one of them.
  const ownConnection = { Connection: 'close' };
  const uploader = async (prefix: string, fileName: string) => {
    const file = await pictureFile(fileName);
    let users = 0;
    await loop('upload', async () => {
      // Each user has one picture, so no picture enters a trash.
      users += 1;
      const headers = { ...(await signedIn(`${prefix}-${users}`)), ...ownConnection };
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
      const response = await query(
        { url },
        '{ users(ids: ["ann-1", "bob-1", "cem-1"]) { id avatarUrl } }',
        {},
        ownConnection,
      );
      const picture = acknowledged.at(-1);
      const status = picture === undefined ? 200 : (await fetch(picture, { headers: ownConnection })).status;
      return response.status === 200 && status === 200 ? undefined : `${response.status} ${status}`;
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
    async responses(count) {
      const enough = received + count;
      while (received < enough) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async stop() {
      active = false;
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

describe('Three instances behind nginx, with one Postgres and one bucket', () => {
  it('immediately show what was uploaded through another instance', async () => {
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

  it('count a user’s uploads together', async () => {
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
    `lose no acknowledged picture when random instances are killed under load, ${KILLS} times`,
    async () => {
      await using instances = await startThreeInstances({ UPLOADS_PER_HOUR: '0', REQUESTS_PER_MINUTE: '0' });
      const random = randomFrom(1);
      const load = startLoad(instances.nginx.url);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await load.responses(1 + Math.floor(random() * MAX_RESPONSES));
        await sleep(random() * MAX_DELAY_MS);
        const index = Math.floor(random() * instances.urls.length);
        await instances.end(index, 'SIGKILL');
        await load.responses(3);
        await instances.start(index);
      }
      await load.stop();
      expect(load.acknowledged.length).toBeGreaterThan(KILLS);
      await expectAllThere(load.acknowledged);
      // The last start removed the leftovers of the killed instances.
      expect([await countOf(instances, 'pending'), await countOf(instances, 'deleting')]).toEqual([0, 0]);
      expect(await instances.reconcile()).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('0 with missing files'),
      });
    },
    60_000 + KILLS * 10_000,
  );

  it('restart one after the other without a failed request', { timeout: 180_000 }, async () => {
    await using instances = await startThreeInstances({
      UPLOADS_PER_HOUR: '0',
      REQUESTS_PER_MINUTE: '0',
      DRAIN_SECONDS: String(DRAIN_SECONDS),
    });
    const load = startLoad(instances.nginx.url);
    for (const [index, url] of instances.urls.entries()) {
      await load.responses(10);
      await instances.nginx.markDown([Number(new URL(url).port)]);
      const ended = instances.end(index, 'SIGTERM');
      await expect.poll(async () => (await fetch(`${url}/ready`)).status).toBe(503);
      expect(await ended).toBe(0);
      await load.responses(10);
      await instances.start(index);
      await instances.nginx.markDown([]);
    }
    await load.stop();
    expect(load.failed).toEqual([]);
    await expectAllThere(load.acknowledged);
    expect(await countOf(instances, 'pending')).toBe(0);
  });
});
