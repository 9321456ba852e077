import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { onTestFinished } from 'vitest';
import { newInstance } from '../../src/database/instance.ts';
import { openS3Storage, type S3StorageOptions } from '../../src/storage/s3/s3-storage.ts';
import type { PictureStorage } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * A real S3 store with an empty bucket. By default it is fauxqs in memory, which checks no signatures, checksums or
 * preconditions. The environment can name another store, as .ci/radosgw.sh does.
 */
export interface S3Store extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  /** Whether the store checks signatures and preconditions. */
  readonly strict: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The tests' own client, which bypasses Portrait's. */
  readonly client: S3Client;
  /** Returns the keys with a prefix, in the order of the store. */
  keys(prefix?: string): Promise<string[]>;
  /** Returns the text of an object, or undefined if it does not exist. */
  read(key: string): Promise<string | undefined>;
  put(key: string, body: string): Promise<void>;
  remove(key: string): Promise<void>;
}

const REGION = 'us-east-1';

/** Creates a bucket in a new fauxqs, or in the store that the environment names. */
export async function startS3Store(): Promise<S3Store> {
  const { endpoint, credentials, strict, close } = externalStore() ?? (await startOwnStore());
  const client = new S3Client({
    endpoint,
    credentials,
    region: REGION,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const bucket = `portrait-${randomBytes(8).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    bucket,
    credentials,
    strict,
    client,
    async keys(prefix = '') {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
      );
      return Contents.map(({ Key }) => Key as string);
    },
    read: (key) =>
      client.send(new GetObjectCommand({ Bucket: bucket, Key: key })).then(
        ({ Body }) => Body?.transformToString(),
        (error: Error) => {
          if (error.name !== 'NoSuchKey') {
            throw error;
          }
          return undefined;
        },
      ),
    async put(key, body) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await close();
    },
  };
}

/** Returns the store of .ci/radosgw.sh, if the environment names it. */
function externalStore() {
  const {
    S3_TEST_ENDPOINT: endpoint,
    S3_TEST_ACCESS_KEY_ID: accessKeyId = '',
    S3_TEST_SECRET_ACCESS_KEY: secretAccessKey = '',
  } = process.env;
  return endpoint === undefined
    ? undefined
    : { endpoint, credentials: { accessKeyId, secretAccessKey }, strict: true, close: async () => {} };
}

async function startOwnStore() {
  const server = await startFauxqs({ host: '127.0.0.1', port: 0, logger: false });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    credentials: { accessKeyId: 'anybody', secretAccessKey: 'anything' },
    strict: false,
    close: () => server.stop(),
  };
}

/** Returns the environment of a server that stores its pictures in the bucket, directly or through a proxy. */
export function environmentOfS3(
  { bucket, endpoint, credentials }: S3Store,
  { prefix, proxy }: { readonly prefix: string; readonly proxy?: { readonly url: string } },
): Record<string, string> {
  return {
    STORAGE_URL: `s3://${bucket}/${prefix}`,
    S3_ENDPOINT: proxy?.url ?? endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

/** Opens Portrait's storage in a bucket for the current test. */
export async function openS3StorageForTest(
  store: S3Store,
  options: Partial<S3StorageOptions> = {},
): Promise<PictureStorage> {
  const storage = await openS3Storage({
    bucket: store.bucket,
    prefix: `tests/${randomBytes(8).toString('hex')}`,
    endpoint: store.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { ...store.credentials, sessionToken: undefined },
    stagingDirectory: await temporaryFolder(),
    instance: newInstance(),
    logger: createLogger('silent'),
    ...options,
  });
  onTestFinished(() => storage.close());
  return storage;
}
