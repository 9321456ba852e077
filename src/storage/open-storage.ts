import { openDiskStorage } from './disk.ts';
import type { S3StorageOptions } from './s3/s3-storage.ts';
import type { PictureStorage } from './storage.ts';

/** Where the pictures are: a folder, or a bucket. */
export type StorageOptions = DiskStorageOptions | S3StorageOptions;

interface DiskStorageOptions {
  readonly directory: string;
  /** Of whoever stages; several may share the folder. */
  readonly instance: string;
}

/** Opens a storage. Of what a bucket needs nothing is loaded for a folder. */
export async function openStorage(options: StorageOptions): Promise<PictureStorage> {
  if ('directory' in options) {
    return await openDiskStorage(options.directory, options.instance);
  }
  const { openS3Storage } = await import('./s3/s3-storage.ts');
  return await openS3Storage(options);
}
