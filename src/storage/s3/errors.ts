import { StorageBusyError, StorageFullError } from '../errors.ts';

/** Codes of several stores for a full storage. AWS has none. */
const FULL_CODES = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull']);
const INSUFFICIENT_STORAGE = 507;

/** Statuses, in addition to 5xx, with which the same request may succeed later. */
const BUSY_STATUSES = new Set([408, 409, 429]);
/** Codes that stores send with status 400 for a valid request that did not arrive completely. */
const INCOMPLETE_REQUEST_CODES = new Set(['RequestTimeout', 'IncompleteBody']);
/** Codes of single objects in a response for many objects, which have no status. */
const BUSY_CODES = new Set(['InternalError', 'ServiceUnavailable', 'SlowDown']);

const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Returns the store's code of an error, and the status if the store responded. Returns null for other values. */
export function toS3Failure(error: unknown): { status: number | undefined; code: string } | null {
  if (!(error instanceof Error)) {
    return null;
  }
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return { status: $metadata?.httpStatusCode, code: error.name };
}

/** Returns whether an error means that a requested object does not exist. */
export function isMissing(error: unknown): boolean {
  const failure = toS3Failure(error);
  return failure?.status === 404 && failure.code !== 'NoSuchBucket';
}

/** Returns whether the store responded before the whole request arrived, so that the same request may succeed. */
export function isIncompleteRequest(error: unknown): boolean {
  return INCOMPLETE_REQUEST_CODES.has(toS3Failure(error)?.code ?? '');
}

/** Converts the client's errors to those of the contract. Returns errors of configuration or code unchanged. */
export function asContractError(error: unknown): unknown {
  const failure = toS3Failure(error);
  if (failure === null || error instanceof StorageBusyError) {
    return error;
  }
  const { status, code } = failure;
  if (FULL_CODES.has(code) || status === INSUFFICIENT_STORAGE) {
    return new StorageFullError({ cause: error });
  }
  const busy =
    isNetworkError(error) ||
    isIncompleteRequest(error) ||
    BUSY_CODES.has(code) ||
    (status !== undefined && (BUSY_STATUSES.has(status) || (status >= 500 && status !== 501)));
  return busy ? new StorageBusyError({ cause: error }) : error;
}

/** Returns whether there was no response: the connection failed, timed out or was aborted. */
function isNetworkError(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException;
  return name === 'TimeoutError' || name === 'AbortError' || NETWORK_CODES.has(code ?? '');
}
