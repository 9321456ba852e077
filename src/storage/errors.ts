/** There is no room left for the picture. */
export class StorageFullError extends Error {
  override name = 'StorageFullError';

  constructor(options?: ErrorOptions) {
    super('The server has no room left for pictures. Your present picture is unchanged.', options);
  }
}

/** The storage is away, too slow, or has too much to do; the same call may pass a moment later. */
export class StorageBusyError extends Error {
  override name = 'StorageBusyError';

  constructor(options?: ErrorOptions) {
    super('The storage of the pictures does not answer right now. Please try again in a moment.', options);
  }
}

/** The storage refuses to be used as it is configured. */
export class StorageUnusableError extends Error {
  override name = 'StorageUnusableError';
}

/** No space on the device, quota exceeded, file too large for the file system. */
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A file system's error that means "full" as StorageFullError; every other error as it is. */
export function asStorageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && FULL_CODES.has(code) ? new StorageFullError({ cause: error }) : error;
}
