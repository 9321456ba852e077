import { StorageBusyError, StorageFullError } from '../errors.ts';

/** Codes of several stores for "no room left"; AWS has none. */
const FULL_CODES = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull']);
const INSUFFICIENT_STORAGE = 507;

/** Statuses, beside those of a failed server, that say nothing about the request itself. */
const BUSY_STATUSES = new Set([408, 409, 429]);
/** Codes that stores send with status 400 though the request as such is fine. */
const CUT_CODES = new Set(['RequestTimeout', 'IncompleteBody']);
/** Codes that stand without a status where one answer tells of many objects. */
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

/** What went wrong, in the words of the store; no status if it did not answer. Null if it is no error at all. */
export function toS3Failure(error: unknown): { status: number | undefined; code: string } | null {
  if (!(error instanceof Error)) {
    return null;
  }
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return { status: $metadata?.httpStatusCode, code: error.name };
}

/** Whether something that was asked for by its name is not there. */
export function isMissing(error: unknown): boolean {
  const failure = toS3Failure(error);
  return failure?.status === 404 && failure.code !== 'NoSuchBucket';
}

/** Whether the store answered before it had what it needed, so that the same request may pass. */
export function isCut(error: unknown): boolean {
  return CUT_CODES.has(toS3Failure(error)?.code ?? '');
}

/** The client's errors as the contract has them; one that is a fault of the configuration, or ours, as it is. */
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
    isCut(error) ||
    BUSY_CODES.has(code) ||
    (status !== undefined && (BUSY_STATUSES.has(status) || (status >= 500 && status !== 501)));
  return busy ? new StorageBusyError({ cause: error }) : error;
}

/** No answer came: the connection failed, or a time-out or an abort ended it. */
function isNetworkError(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException;
  return name === 'TimeoutError' || name === 'AbortError' || NETWORK_CODES.has(code ?? '');
}
