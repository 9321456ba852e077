import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { describeStorage } from '../contract/storage-contract.ts';
import { openS3StorageForTest, type S3Store, startS3Store } from '../support/s3-store.ts';

let store: S3Store;

beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store[Symbol.asyncDispose]());

describeStorage('S3', async () => {
  const prefix = `contract/${randomBytes(8).toString('hex')}`;
  return {
    storage: await openS3StorageForTest(store, { prefix }),
    read: (path, name) => store.read(`${prefix}/${path}/${name}`),
  };
});
