/** The storage has no space left for the picture. */
export class StorageFullError extends Error {
  override name = 'StorageFullError';

  constructor(options?: ErrorOptions) {
    super(
      'The server has no space left for pictures. Your current picture is unchanged. Try again later.',
      options,
    );
  }
}

/** The storage is unavailable, too slow or overloaded. The same call may succeed a moment later. */
export class StorageBusyError extends Error {
  override name = 'StorageBusyError';

  constructor(options?: ErrorOptions) {
    super('The storage of the pictures is not responding. Try again in a moment.', options);
  }
}

/** The storage cannot be used with its configuration. */
export class StorageUnusableError extends Error {
  override name = 'StorageUnusableError';
}

/** Codes for: no space on the device, quota exceeded, file too large for the file system. */
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Converts an error of a full file system to a StorageFullError. Returns any other error unchanged. */
export function asStorageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && FULL_CODES.has(code) ? new StorageFullError({ cause: error }) : error;
}
