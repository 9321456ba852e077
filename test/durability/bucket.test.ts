import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { reconcile } from '../../src/upkeep/reconcile.ts';
import { atTestEnd, concurrentIt } from '../support/current-test.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { query, type TestUser, USER_FIELDS, upload, uploaded, viewer } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { environmentFor, type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { environmentOfS3, openS3StorageForTest, type S3Store, startS3Store } from '../support/s3-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

let store: S3Store;
let proxy: FaultyProxy;
let prefix: string;
let environment: Record<string, string>;

beforeAll(async () => {
  store = await startS3Store();
  proxy = await startFaultyProxy(store.endpoint);
});
beforeEach(() => {
  prefix = `tests/${randomBytes(8).toString('hex')}`;
  environment = environmentOfS3(store, { prefix, proxy });
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const DAY_MS = 24 * 60 * 60 * 1000;
const SLOW_RESPONSE_MS = 700;
/** Number of files of a 2725 x 2225 picture, which has four sizes in two formats. */
const RENDITIONS = 8;

const reject = (status: number, code: string): Fault => ({ type: 'reject', status, code });
const putsOnly =
  (fault: Fault) =>
  ({ method }: { method: string }) =>
    method === 'PUT' ? fault : undefined;

const keysOf = (pictureId: string, inside = prefix) => store.keys(`${inside}/${picturePath(pictureId)}/`);

/** Returns a prefix of the bucket and a proxy that only the current test uses. */
async function newBucket() {
  const proxy = await startFaultyProxy(store.endpoint);
  atTestEnd(() => proxy[Symbol.asyncDispose]());
  const prefix = `tests/${randomBytes(8).toString('hex')}`;
  return { proxy, prefix, environment: environmentOfS3(store, { prefix, proxy }) };
}

async function change(server: Portrait, mutation: string): Promise<TestUser> {
  const { data } = await query<{ changed: TestUser }>(
    server,
    `mutation { changed: ${mutation} { ${USER_FIELDS} } }`,
  );
  return data?.changed as TestUser;
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

describe('A server whose pictures are in a bucket', () => {
  it('uploads, shows, removes, restores and purges them', async () => {
    const server = await portraitForTest({ env: environment });
    const first = (await uploaded(server, await pictureFile('photo-2725x2225.jpg'))).profilePicture;
    expect(await keysOf(first.id)).toHaveLength(RENDITIONS);
    for (const entry of first.srcSet.split(', ')) {
      expect(await statusOf(entry.split(' ')[0] as string)).toBe(200);
    }
    const second = (await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture;
    expect((await change(server, 'restoreProfilePicture')).profilePicture?.id).toBe(first.id);
    expect((await change(server, 'removeProfilePicture')).profilePicture).toBeNull();
    expect(await statusOf(first.url)).toBe(200);
    expect((await change(server, 'restoreProfilePicture')).profilePicture?.id).toBe(first.id);
    expect((await change(server, 'removeProfilePicture(permanently: true)')).profilePicture).toBeNull();
    expect(await keysOf(first.id)).toEqual([]);
    expect(await statusOf(first.url)).toBe(404);
    expect((await change(server, 'restoreProfilePicture')).profilePicture?.id).toBe(second.id);
    expect(await server.uploads()).toEqual([]);
    expect(await server.pictures()).toEqual([]);
    expect(await server.end('SIGTERM')).toBe(0);
    expect(server.logWithoutAudit()).toBe('');
  });

  it('reports an error if the store fails during a permanent removal, and deletes the files at a repetition or the next start', async () => {
    const server = await portraitForTest({ env: environment });
    const first = (await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture;
    proxy.fault = () => reject(500, 'InternalError');
    const { errors } = await query(server, 'mutation { removeProfilePicture(permanently: true) { id } }');
    expect(errors?.[0]?.extensions.code).toBe('SERVER_BUSY');
    proxy.fault = () => undefined;
    expect(await statusOf(first.url)).toBe(200);
    expect((await change(server, 'removeProfilePicture(permanently: true)')).profilePicture).toBeNull();
    expect(await keysOf(first.id)).toEqual([]);
    expect(await statusOf(first.url)).toBe(404);

    const second = (await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture;
    proxy.fault = () => reject(500, 'InternalError');
    // A second request fails too, although the user no longer has a picture.
    for (const _time of [1, 2]) {
      const { errors } = await query(server, 'mutation { removeProfilePicture(permanently: true) { id } }');
      expect(errors?.[0]?.extensions.code).toBe('SERVER_BUSY');
      expect((await viewer(server)).profilePicture).toBeNull();
    }
    proxy.fault = () => undefined;
    // The remaining row names the files, so the next start deletes them.
    expect(await keysOf(second.id)).not.toEqual([]);
    await server.end('SIGTERM');
    await portraitForTest({ env: environment, folder: server.folder });
    expect(await keysOf(second.id)).toEqual([]);
  });
});

describe('An upload whose files cannot be stored', () => {
  let server: Portrait;
  let present: TestUser;
  let serverPrefix: string;

  beforeAll(async () => {
    serverPrefix = `tests/${randomBytes(8).toString('hex')}`;
    server = await startPortrait({ env: environmentOfS3(store, { prefix: serverPrefix, proxy }) });
    present = await uploaded(server, await pictureFile('cmyk.jpg'));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each<[string, Fault, { status: number; code: string }]>([
    ['a store that fails', reject(500, 'InternalError'), { status: 503, code: 'SERVER_BUSY' }],
    ['an overloaded store', reject(503, 'SlowDown'), { status: 503, code: 'SERVER_BUSY' }],
    ['a cut connection', { type: 'cut-request' }, { status: 503, code: 'SERVER_BUSY' }],
    ['a full store', reject(403, 'QuotaExceeded'), { status: 507, code: 'STORAGE_FULL' }],
    [
      'a store that denies access',
      reject(403, 'AccessDenied'),
      { status: 500, code: 'INTERNAL_SERVER_ERROR' },
    ],
  ])('because of %s fails, and the current picture stays', async (_what, fault, expected) => {
    const before = await store.keys(serverPrefix);
    let puts = 0;
    proxy.fault = async ({ method }) => {
      puts += Number(method === 'PUT');
      if (method !== 'PUT' || puts <= RENDITIONS / 2) {
        return undefined;
      }
      // Now half of the picture is in the bucket.
      await expect
        .poll(async () => (await store.keys(serverPrefix)).length)
        .toBe(before.length + RENDITIONS / 2);
      return fault;
    };
    const response = await upload(server, await pictureFile('photo-2725x2225.jpg'));
    expect({ status: response.status, code: response.errors?.[0]?.extensions.code }).toEqual(expected);
    expect(response.headers.get('Retry-After')).toBe(expected.status === 503 ? '2' : null);
    expect(response.errors?.[0]?.message).not.toMatch(/AccessDenied|SlowDown|InternalError|bucket/);
    await expect.poll(() => server.log()).toContain(fault.type === 'reject' ? fault.code : 'socket hang up');
    expect(await viewer(server)).toEqual(present);
    expect(await store.keys(serverPrefix)).toEqual(before);
    expect(await server.uploads()).toEqual([]);
    proxy.fault = () => undefined;
    expect(await statusOf(present.avatarUrl)).toBe(200);
  });

  it('because the store is unavailable fails, /ready reports the outage, and the next upload succeeds', async () => {
    const ready = async () => {
      const response = await fetch(`${server.url}/ready`);
      return [response.status, await response.text()];
    };
    await proxy.disconnect();
    const response = await upload(server, await pictureFile('photo.webp'));
    expect(response.errors?.[0]?.extensions.code).toBe('SERVER_BUSY');
    await expect.poll(ready).toEqual([503, 'not ready: the storage is unavailable\n']);
    // No test has requested this file before, so it is not in memory.
    const uncached = present.profilePicture?.jpeg as string;
    expect(await statusOf(uncached)).toBe(503);
    expect(await viewer(server)).toEqual(present);
    await proxy.reconnect();
    await expect.poll(ready).toEqual([200, 'ready\n']);
    expect(await statusOf(uncached)).toBe(200);
    present = await uploaded(server, await pictureFile('photo.webp'));
  });
});

// The tests of these two suites mostly wait, so they run concurrently.
describe.concurrent('A server whose pictures are in a bucket', () => {
  concurrentIt('works as usual with a slow store', async ({ expect }) => {
    const { proxy, environment, prefix } = await newBucket();
    proxy.fault = () => sleep(SLOW_RESPONSE_MS);
    const server = await portraitForTest({ env: environment });
    const pictures = await Promise.all(
      ['photo.webp', 'cmyk.jpg', 'orientation-6.jpg'].map(async (name) =>
        uploaded(server, await pictureFile(name)),
      ),
    );
    const { profilePicture } = await viewer(server);
    expect(pictures.map((user) => user.profilePicture.id)).toContain(profilePicture?.id);
    expect(await statusOf(profilePicture?.url as string)).toBe(200);
    expect((await change(server, 'removeProfilePicture(permanently: true)')).profilePicture).toBeNull();
    expect(await keysOf(profilePicture?.id as string, prefix)).toEqual([]);
    expect(server.logWithoutAudit()).toBe('');
  });
});

describe.concurrent('A starting server', () => {
  concurrentIt(
    'runs without clearing anything while the store is unavailable, and is ready when the store is back',
    async ({ expect }) => {
      const { proxy, environment } = await newBucket();
      const first = await portraitForTest({ env: environment });
      proxy.fault = putsOnly({ type: 'cut-request' });
      await upload(first, await pictureFile('photo.webp'));
      proxy.fault = () => undefined;
      await first.end('SIGTERM');
      await proxy.disconnect();
      const server = await portraitForTest({ env: environment, folder: first.folder });
      await expect.poll(() => server.log()).toContain('Could not delete pictures; the next sweep retries');
      expect(await statusOf(`${server.url}/health`)).toBe(200);
      expect(await statusOf(`${server.url}/ready`)).toBe(503);
      await proxy.reconnect();
      await expect.poll(() => statusOf(`${server.url}/ready`)).toBe(200);
      await uploaded(server, await pictureFile('photo.webp'));
      await server.end('SIGTERM');
      const again = await portraitForTest({ env: environment, folder: first.folder });
      // A sweep of the earlier server may have deleted the files after the store came back.
      await expect
        .poll(() => server.log() + again.log())
        .toContain('Deleted pictures whose upload or deletion was interrupted');
    },
  );
});

describe('The files that an upload left in the bucket', () => {
  it('are deleted by the next start if they arrived after the upload failed, or if the server was killed', async () => {
    const server = await portraitForTest({ env: environment });
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const presentKeys = await store.keys(prefix);
    const asked = proxy.requests.length;
    proxy.fault = putsOnly({ type: 'cut-request' });
    const { errors } = await upload(server, await pictureFile('photo.webp'));
    expect(errors?.[0]?.extensions.code).toBe('SERVER_BUSY');
    const late = proxy.requests.slice(asked).find(({ method }) => method === 'PUT')?.path as string;
    const key = decodeURIComponent(new URL(late, proxy.url).pathname.slice(`/${store.bucket}/`.length));
    await store.put(key, 'late');
    proxy.fault = () => undefined;
    await server.end('SIGTERM');
    const next = await portraitForTest({ env: environment, folder: server.folder });
    expect(await store.keys(prefix)).toEqual(presentKeys);

    let puts = 0;
    proxy.fault = ({ method }) => {
      puts += Number(method === 'PUT');
      return method === 'PUT' && puts > 3 ? { type: 'hang' } : undefined;
    };
    const response = upload(next, await pictureFile('photo-2725x2225.jpg')).catch(() => 'cut');
    await expect.poll(async () => (await store.keys(prefix)).length).toBe(presentKeys.length + 3);
    await next.end('SIGKILL');
    expect(await response).toBe('cut');
    expect(await next.uploads()).not.toEqual([]);
    proxy.fault = () => undefined;

    const again = await portraitForTest({ env: environment, folder: server.folder });
    expect(await store.keys(prefix)).toEqual(presentKeys);
    expect(await again.uploads()).toEqual([]);
    expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);
    await expect
      .poll(() => again.log())
      .toContain('Deleted pictures whose upload or deletion was interrupted');
  });
});

describe('A starting server', () => {
  it('fails with a message, not a stack trace, if the bucket does not exist', async () => {
    const env = { ...environment, STORAGE_URL: 's3://there-is-no-such-bucket' };
    const failure = await startPortrait({ env }).catch((error: Error) => error.message);
    expect(failure).toContain('Portrait could not start: The bucket there-is-no-such-bucket cannot be used');
    expect(failure).not.toContain('    at ');
  });

  it.each([
    { where: 'in a folder', loads: false },
    { where: 'in a bucket, whose keys it reads from the file .env', loads: true },
  ])('with pictures $where loads the S3 client: $loads', async ({ loads }) => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...others } = environment;
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, '.env'),
      `AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID}\nAWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY}\n`,
    );
    // Prints the URL of each module that is loaded.
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => (process._rawDebug(url), next(url, context)) });`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const env = { ...(loads && others), AWS_EC2_METADATA_DISABLED: 'true', NODE_OPTIONS };
    const server = await portraitForTest({ folder, env });
    await uploaded(server, await pictureFile('photo.webp'));
    await expect.poll(() => server.log()).toContain('/src/storage/disk.ts');
    expect(/node_modules\/@(aws-sdk|smithy)\//.test(server.log())).toBe(loads);
  });
});

describe('npm run reconcile', () => {
  const runReconcile = (folder: string, ...options: string[]) =>
    run(process.execPath, [join(import.meta.dirname, '../../src/boot.mjs'), 'reconcile', ...options], {
      env: { ...environmentFor(folder), ...environment },
    });

  it('finds pictures without a row in the bucket, keeps recent ones, and reports missing files', async () => {
    const server = await portraitForTest({ env: environment });
    const { profilePicture } = await uploaded(server, await pictureFile('cmyk.jpg'));
    await store.put(`${prefix}/3f/9a/pic_3f9a${'0'.repeat(28)}/64.webp`, 'extra');
    expect((await runReconcile(server.folder, '--delete')).stdout).toBe(
      '2 pictures in the storage.\n0 unknown to the database (0 deleted), 0 with missing files.\n',
    );
    const options = { delete: true, force: false, now: new Date(Date.now() + 2 * DAY_MS) };
    const database = openSqliteDatabase(join(server.folder, 'data/portrait.db'));
    onTestFinished(() => database.close());
    const storage = await openS3StorageForTest(store, { prefix });
    expect(await reconcile({ database, storage }, options)).toMatchObject({ deleted: 1, missing: [] });
    expect(await store.keys(prefix)).toEqual(await keysOf(profilePicture.id));
    for (const key of await keysOf(profilePicture.id)) {
      await store.remove(key);
    }
    await expect(runReconcile(server.folder)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`missing  ${profilePicture.id}`),
    });
  });
});
