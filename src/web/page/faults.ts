import { ConnectionLostError } from '../shared/post.ts';
import { RefusedError } from './execute.ts';
import type { ErrorCode } from './generated/graphql.ts';

/** What a fault is shown beside: the file, its crop, the alternative text, or the button that began it all. */
export type Concern = 'file' | 'crop' | 'altText' | 'action';

export interface Fault {
  readonly concern: Concern;
  /** A sentence for people. */
  readonly message: string;
  /** The same may work later, unchanged. */
  readonly canRetry: boolean;
}

/** A code too many or too few does not compile. */
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

/** More are told as minutes. */
const MAX_SHOWN_SECONDS = 90;

/** What to tell of an operation that failed. A fault of this page itself goes to the console too. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ConnectionLostError) {
    return { concern: 'action', message: `${error.message} Please try again.`, canRetry: true };
  }
  if (error instanceof RefusedError) {
    const { code, retryAfter, message } = error;
    // A newer server, or a gateway in front of it, may have codes that this page does not know.
    const known = code !== undefined && Object.hasOwn(CONCERNS, code);
    // All others say so themselves, and mean a moment.
    const wait =
      code === 'RATE_LIMITED' && retryAfter !== undefined
        ? ` Please try again in ${duration(retryAfter)}.`
        : '';
    return {
      concern: known ? CONCERNS[code] : 'action',
      message: `${message}${wait}`,
      canRetry: !known || RETRYABLE_CODES.has(code),
    };
  }
  reportError(error);
  return {
    concern: 'action',
    message: 'Something went wrong on this page. Please try again.',
    canRetry: true,
  };
}

function duration(seconds: number): string {
  if (seconds > MAX_SHOWN_SECONDS) {
    return `${Math.ceil(seconds / 60)} minutes`;
  }
  return seconds === 1 ? 'a second' : `${seconds} seconds`;
}
