import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import pLimit from 'p-limit';
import type { Logger } from '../../telemetry/logger.ts';
import { checksumOf } from '../checksums.ts';
import { clearEndedInstances } from '../clear-ended-instances.ts';
import { StorageBusyError, StorageUnusableError } from '../errors.ts';
import type { PictureStorage, Staging } from '../storage.ts';
import { type Bucket, openBucket } from './bucket.ts';
import type { S3ClientOptions, S3Timeouts } from './client.ts';
import { toS3Failure } from './errors.ts';
import { picturesOf } from './pictures-of.ts';

export interface S3StorageOptions extends Omit<S3ClientOptions, 'timeouts'> {
  readonly bucket: string;
  /** Prefix of the keys of all pictures, without leading or trailing slashes. May be empty. */
  readonly prefix: string;
  /** Local folder for renditions until they are in the bucket. Created if it is missing. */
  readonly stagingDirectory: string;
  /** Instance that stages pictures. Several instances can share the folder. */
  readonly instance: string;
  readonly logger: Logger;
  readonly timeouts?: Partial<S3Timeouts>;
}

const TIMEOUTS: S3Timeouts = { connect: 3_000, idle: 10_000, answer: 10_000, check: 3_000, call: 30_000 };
/** Milliseconds for which the result of a check is cached, because each request to the store costs money. */
const CHECK_CACHE_MS = 1_000;
/** Concurrent requests for lists. */
const MAX_CONCURRENT_LISTS = 16;

/**
 * Opens a storage of pictures as objects below one prefix of a bucket, with one object per rendition. A bucket has no
 * rename. A picture becomes visible through its row in the database, which goes live after all objects are put.
 * Resolves even if the store is unavailable. Rejects with StorageUnusableError if the configuration is wrong.
 */
export async function openS3Storage(options: S3StorageOptions): Promise<PictureStorage> {
  const { stagingDirectory, logger } = options;
  const prefix = options.prefix === '' ? '' : `${options.prefix}/`;
  await mkdir(stagingDirectory, { recursive: true, mode: 0o700 });
  const bucket = openBucket({ ...options, timeouts: { ...TIMEOUTS, ...options.timeouts } });
  await bucket.check(prefix).catch((error: unknown) => {
    if (!(error instanceof StorageBusyError)) {
      bucket.close();
      throw unusable(options.bucket, error);
    }
    logger.warn('The bucket is not available yet; starting anyway');
  });
  let checked: { at: number; result: Promise<void> } | undefined;

  return {
    files: {
      read: (file, maxBytes, signal) => bucket.read(prefix + file, maxBytes, signal),
      describe: (file, signal) => bucket.describe(prefix + file, signal),
      open: (file, signal, range) => bucket.open(prefix + file, signal, range),
      has: (file, signal) => bucket.hasKey(prefix + file, signal),
    },

    async stage(path) {
      const directory = join(stagingDirectory, `${options.instance}-${basename(path)}`);
      await mkdir(directory, { mode: 0o700 });
      return stagingOf(directory, bucket, `${prefix}${path}/`);
    },

    async delete(paths) {
      const limit = pLimit(MAX_CONCURRENT_LISTS);
      const keys = await limit.map(paths, async (path) =>
        (await Array.fromAsync(bucket.list(`${prefix}${path}/`))).map(({ key }) => key),
      );
      await bucket.delete(keys.flat());
    },

    exists: (path) => bucket.has(`${prefix}${path}/`),

    async copyTo(path, directory) {
      const objects = await Array.fromAsync(bucket.list(`${prefix}${path}/`));
      for (const { key } of objects) {
        const object = await bucket.open(key, new AbortController().signal);
        if (object === null) {
          return false;
        }
        await writeFile(join(directory, basename(key)), object.body, { flag: 'wx', flush: true });
      }
      return objects.length > 0;
    },

    async checksums(path) {
      const checksums = new Map<string, string>();
      for await (const { key } of bucket.list(`${prefix}${path}/`)) {
        const object = await bucket.open(key, new AbortController().signal);
        if (object !== null) {
          checksums.set(basename(key), await checksumOf(object.body));
        }
      }
      return checksums;
    },

    clearStaging: (findEndedInstances) => clearEndedInstances(stagingDirectory, findEndedInstances),

    list: () => picturesOf(bucket.list(prefix), prefix),

    async check() {
      const now = performance.now();
      if (checked === undefined || now - checked.at >= CHECK_CACHE_MS) {
        checked = { at: now, result: bucket.check(prefix) };
      }
      await Promise.all([checked.result, access(stagingDirectory, constants.R_OK | constants.W_OK)]);
    },

    async close() {
      bucket.close();
    },
  };
}

function stagingOf(directory: string, bucket: Bucket, prefix: string): Staging {
  const discard = () => rm(directory, { recursive: true, force: true });
  return {
    directory,
    syncFiles: false,
    async publish() {
      const names = await readdir(directory);
      await bucket.put(
        names.map((name) => ({ key: prefix + name, read: () => readFile(join(directory, name)) })),
      );
      // If this fails, a later start deletes the folder.
      await discard().catch(() => {});
    },
    discard,
  };
}

function unusable(bucket: string, error: unknown): StorageUnusableError {
  const { status, code } = toS3Failure(error) ?? {};
  const reason = `${code}${status === undefined ? '' : `, status ${status}`}`;
  return new StorageUnusableError(
    `The bucket ${bucket} cannot be used: ${(error as Error).message} (${reason}). Check its name, endpoint, region and credentials.`,
    { cause: error },
  );
}
