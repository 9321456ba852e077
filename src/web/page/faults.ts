import { PhotoError } from '../photo/photo-error.ts';
import { ConnectionLostError, FileChangedError } from '../shared/post.ts';
import { RefusedError } from './execute.ts';
import type { ErrorCode } from './generated/graphql.ts';

/** The part of the page that shows a fault: the file, its crop, its description, or the button of the action. */
export type Concern = 'file' | 'crop' | 'altText' | 'action';

export interface Fault {
  readonly concern: Concern;
  /** Error message for the user. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly canRetry: boolean;
}

/** The type requires exactly one entry per error code of the schema. */
const CONCERNS: Record<ErrorCode, Concern> = {
  AUTH_UNAVAILABLE: 'action',
  BAD_REQUEST: 'action',
  BAD_USER_INPUT: 'altText',
  CROSS_SITE_REQUEST: 'action',
  FILE_MISSING: 'file',
  FILE_TOO_LARGE: 'file',
  FORBIDDEN: 'action',
  GRAPHQL_PARSE_FAILED: 'action',
  GRAPHQL_VALIDATION_FAILED: 'action',
  IMAGE_TOO_SMALL: 'crop',
  INTERNAL_SERVER_ERROR: 'action',
  INVALID_CROP: 'crop',
  METHOD_NOT_ALLOWED: 'action',
  NOTHING_TO_RESTORE: 'action',
  PERSISTED_QUERY_NOT_SUPPORTED: 'action',
  RATE_LIMITED: 'action',
  REQUEST_TOO_LARGE: 'file',
  SERVER_BUSY: 'action',
  STORAGE_FULL: 'action',
  TOO_MANY_FILES: 'action',
  TOO_MANY_PIXELS: 'file',
  UNAUTHENTICATED: 'action',
  UNREADABLE_IMAGE: 'file',
  UNSUPPORTED_FILE_TYPE: 'file',
  UNSUPPORTED_MEDIA_TYPE: 'action',
};

const RETRYABLE_CODES: ReadonlySet<ErrorCode> = new Set([
  'AUTH_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
  'RATE_LIMITED',
  'SERVER_BUSY',
  'STORAGE_FULL',
]);

/** Longer times are shown in minutes. */
const MAX_SHOWN_SECONDS = 90;

/** Converts the error of a failed operation to a fault. Also reports errors of the page itself to the console. */
export function toFault(error: unknown): Fault {
  if (error instanceof ConnectionLostError) {
    return { concern: 'action', message: `${error.message} Try again.`, canRetry: true };
  }
  if (error instanceof FileChangedError || error instanceof PhotoError) {
    return { concern: 'file', message: error.message, canRetry: false };
  }
  if (error instanceof RefusedError) {
    const { code, retryAfter, message } = error;
    // A newer server, or a gateway in front of it, may send codes that this page does not know.
    const known = code !== undefined && Object.hasOwn(CONCERNS, code);
    // The messages of other codes already say when to retry.
    const wait =
      code === 'RATE_LIMITED' && retryAfter !== undefined ? ` Try again in ${duration(retryAfter)}.` : '';
    return {
      concern: known ? CONCERNS[code] : 'action',
      message: `${message}${wait}`,
      canRetry: !known || RETRYABLE_CODES.has(code),
    };
  }
  reportError(error);
  return {
    concern: 'action',
    message: 'Something went wrong on this page. Try again.',
    canRetry: true,
  };
}

function duration(seconds: number): string {
  if (seconds > MAX_SHOWN_SECONDS) {
    return `${Math.ceil(seconds / 60)} minutes`;
  }
  return seconds === 1 ? 'a second' : `${seconds} seconds`;
}
