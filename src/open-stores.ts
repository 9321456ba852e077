import { pathToFileURL } from 'node:url';
import type { Config } from './config/load-config.ts';
import type { PictureDatabase } from './database/database.ts';
import { openDatabase } from './database/open-database.ts';
import { openStorage, type StorageOptions } from './storage/open-storage.ts';
import type { PictureStorage } from './storage/storage.ts';
import type { Logger } from './telemetry/logger.ts';

/** The database and the storage. */
export interface Stores extends AsyncDisposable {
  readonly database: PictureDatabase;
  readonly storage: PictureStorage;
}

/**
 * Opens the configured database and storage. Rejects with the errors of database/ and storage/.
 * @param serving true for a server, false for a command that may run next to one.
 */
export async function openStores(config: Config, serving: boolean, logger: Logger): Promise<Stores> {
  await using parts = new AsyncDisposableStack();
  const database = await openDatabase({
    location: config.DATABASE_URL,
    poolSize: serving ? config.DATABASE_POOL_SIZE : 1,
    serving,
    storage: storageName(config),
    recordsChanges: config.WEBHOOK_URL !== undefined,
    logger,
  });
  parts.defer(() => database.close());
  const storage = await openStorage(storageOptions(config, database.instance, logger));
  parts.defer(() => storage.close());
  const opened = parts.move();
  return { database, storage, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Returns the identity of a storage: the URL of its folder, or its bucket with prefix and endpoint. */
export function storageName({ STORAGE_URL, S3_ENDPOINT }: Config): string {
  if ('directory' in STORAGE_URL) {
    return pathToFileURL(STORAGE_URL.directory).href;
  }
  const { bucket, prefix } = STORAGE_URL;
  const name = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  return S3_ENDPOINT === undefined ? name : `${name} at ${S3_ENDPOINT}`;
}

/** Returns the options that open the configured storage. @param instance id of this process. */
export function storageOptions(config: Config, instance: string, logger: Logger): StorageOptions {
  const { STORAGE_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = config;
  if ('directory' in STORAGE_URL) {
    return { ...STORAGE_URL, instance };
  }
  return {
    ...STORAGE_URL,
    endpoint: config.S3_ENDPOINT,
    // Other vendors have no regions, but every signature needs a region.
    region: config.AWS_REGION ?? (config.S3_ENDPOINT === undefined ? undefined : 'us-east-1'),
    forcePathStyle: config.S3_FORCE_PATH_STYLE ?? config.S3_ENDPOINT !== undefined,
    credentials:
      AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined
        ? undefined
        : {
            accessKeyId: AWS_ACCESS_KEY_ID,
            secretAccessKey: AWS_SECRET_ACCESS_KEY,
            sessionToken: config.AWS_SESSION_TOKEN,
          },
    stagingDirectory: config.UPLOADS_DIR,
    instance,
    logger,
  };
}
