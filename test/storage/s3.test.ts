import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { StorageUnusableError } from '../../src/storage/errors.ts';
import { type PictureStorage, picturePath } from '../../src/storage/storage.ts';
import { describeStorage } from '../contract/storage-contract.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { openS3StorageForTest, type S3Store, startS3Store } from '../support/s3-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let store: S3Store;

beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Times in a listing have a resolution of one millisecond. */
const CLOCK_TICK_MS = 2;
const newPrefix = () => `tests/${randomBytes(8).toString('hex')}`;
const newPath = () => picturePath(`pic_${randomBytes(16).toString('hex')}`);

async function publish(storage: PictureStorage, path: string): Promise<void> {
  const staging = await storage.stage(path);
  await writeFile(join(staging.directory, '64.webp'), 'webp');
  await writeFile(join(staging.directory, '64.jpg'), 'jpeg');
  await staging.publish();
}

describeStorage('S3', async () => {
  const prefix = newPrefix();
  return {
    storage: await openS3StorageForTest(store, { prefix }),
    read: (path, name) => store.read(`${prefix}/${path}/${name}`),
  };
});

describe('Pictures in a bucket', () => {
  it('have their media type and cache headers for clients that read the bucket itself', async () => {
    const prefix = newPrefix();
    const path = newPath();
    await publish(await openS3StorageForTest(store, { prefix }), path);
    for (const [name, mediaType] of [
      ['64.webp', 'image/webp'],
      ['64.jpg', 'image/jpeg'],
    ]) {
      const Key = `${prefix}/${path}/${name}`;
      const head = await store.client.send(new HeadObjectCommand({ Bucket: store.bucket, Key }));
      expect(head).toMatchObject({
        ContentType: mediaType,
        CacheControl: 'public, max-age=31536000, immutable',
      });
    }
  });

  it('leave no files on the local disk', async () => {
    const stagingDirectory = await temporaryFolder();
    const storage = await openS3StorageForTest(store, { stagingDirectory });
    await publish(storage, newPath());
    expect(await readdir(stagingDirectory)).toEqual([]);
  });

  it('can have the bucket to themselves, or share it', async () => {
    const shared = await openS3StorageForTest(store, { prefix: newPrefix() });
    const path = newPath();
    await publish(shared, path);
    const whole = await openS3StorageForTest(store, { prefix: '' });
    await publish(whole, path);
    expect(await store.keys(path)).toEqual([`${path}/64.jpg`, `${path}/64.webp`]);
    expect(await Array.fromAsync(whole.list())).toMatchObject([{ path }]);
    await whole.delete([path]);
    expect(await whole.exists(path)).toBe(false);
    expect(await shared.exists(path)).toBe(true);
  });

  it('are listed without foreign objects', async () => {
    const prefix = newPrefix();
    const storage = await openS3StorageForTest(store, { prefix });
    const path = newPath();
    await publish(storage, path);
    for (const foreignKey of ['README', '3f/9a/me/64.webp', `${path}/more/64.webp`, `${path}x/64.webp`]) {
      await store.put(`${prefix}/${foreignKey}`, 'mine');
    }
    await store.put(`${prefix}s/${newPath()}/64.webp`, 'of another prefix');
    expect(await Array.fromAsync(storage.list())).toMatchObject([{ path }]);
  });

  it('are as old as their newest file', async () => {
    const prefix = newPrefix();
    const storage = await openS3StorageForTest(store, { prefix });
    const path = newPath();
    // The newest object is neither the first nor the last by name.
    for (const name of ['128.jpg', '64.webp', '256.webp']) {
      await store.put(`${prefix}/${path}/${name}`, 'picture');
      await setTimeout(CLOCK_TICK_MS);
    }
    const { Contents = [] } = await store.client.send(
      new ListObjectsV2Command({ Bucket: store.bucket, Prefix: prefix }),
    );
    const newest = Math.max(...Contents.map(({ LastModified }) => LastModified?.getTime() as number));
    const [picture] = await Array.fromAsync(storage.list());
    expect(picture?.modifiedAt.getTime()).toBe(newest);
  });

  it('are not overwritten if the store supports preconditions', async () => {
    const storage = await openS3StorageForTest(store);
    const path = newPath();
    await publish(storage, path);
    const staging = await storage.stage(path);
    await writeFile(join(staging.directory, '64.jpg'), 'another');
    const outcome = await staging.publish().then(
      () => 'overwritten',
      (error: Error) => error.name,
    );
    expect(outcome).toBe(store.strict ? 'PreconditionFailed' : 'overwritten');
  });

  it('are listed and deleted in batches of at most a thousand keys', async () => {
    const prefix = newPrefix();
    const proxy = await startFaultyProxy(store.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const storage = await openS3StorageForTest(store, { prefix, endpoint: proxy.url });
    // A listing has at most 1000 keys per page. The proxy rejects a request that deletes more than 1000 keys.
    const paths = Array.from({ length: 180 }, newPath).sort();
    await Promise.all(
      paths.flatMap((path) =>
        Array.from({ length: 6 }, (_, size) => store.put(`${prefix}/${path}/${size}.webp`, 'webp')),
      ),
    );
    expect((await Array.fromAsync(storage.list())).map(({ path }) => path)).toEqual(paths);
    await storage.delete(paths);
    expect(await store.keys(prefix)).toEqual([]);
  });
});

describe('Opening a storage in a bucket fails', () => {
  it('if the bucket does not exist', async () => {
    const opening = openS3StorageForTest(store, { bucket: 'there-is-no-such-bucket' });
    await expect(opening).rejects.toThrow(StorageUnusableError);
    await expect(opening).rejects.toThrow(
      /^The bucket there-is-no-such-bucket cannot be used: .*NoSuchBucket, status 404/,
    );
  });

  it('if the key is wrong and the store checks signatures', async () => {
    const credentials = { ...store.credentials, secretAccessKey: 'wrong', sessionToken: undefined };
    const outcome = await openS3StorageForTest(store, { credentials }).then(
      () => 'opened',
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(store.strict ? /cannot be used: .*SignatureDoesNotMatch, status 403/ : 'opened');
  });

  it('if no region is configured', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', join(await temporaryFolder(), 'none'));
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(openS3StorageForTest(store, { region: undefined })).rejects.toThrow(
      /cannot be used: Region is missing/,
    );
  });
});
