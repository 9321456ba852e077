import { openDiskStorage } from './disk.ts';
import type { S3StorageOptions } from './s3/s3-storage.ts';
import type { PictureStorage } from './storage.ts';

/** Location of the pictures: a folder or a bucket. */
export type StorageOptions = DiskStorageOptions | S3StorageOptions;

interface DiskStorageOptions {
  readonly directory: string;
  /** Instance that stages pictures. Several instances can share the folder. */
  readonly instance: string;
}

/** Opens a storage. Loads the S3 client only for a bucket. */
export async function openStorage(options: StorageOptions): Promise<PictureStorage> {
  if ('directory' in options) {
    return await openDiskStorage(options.directory, options.instance);
  }
  const { openS3Storage } = await import('./s3/s3-storage.ts');
  return await openS3Storage(options);
}
