import type { Concern, Fault } from '../editor/fault.ts';
import type { Language } from '../messages/language.ts';
import { sayPhotoFault } from '../messages/say-photo-fault.ts';
import { PhotoError } from '../photo/photo-error.ts';
import { ConnectionLostError, FileChangedError } from '../shared/post.ts';
import { RefusedError, UnreadableResponseError } from './execute.ts';
import type { ErrorCode } from './generated/graphql.ts';

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
  UPLOADS_BLOCKED: 'action',
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
export function toFault(error: unknown, language: Language): Fault {
  const { say } = language;
  if (error instanceof ConnectionLostError) {
    return { concern: 'action', message: say('connectionLost'), canRetry: true };
  }
  if (error instanceof UnreadableResponseError) {
    const message = say('unreadableResponse', { status: error.status });
    return { concern: 'action', message, canRetry: true };
  }
  if (error instanceof FileChangedError) {
    return { concern: 'file', message: say('fileChanged', { file: error.fileName }), canRetry: false };
  }
  if (error instanceof PhotoError) {
    return { concern: 'file', message: sayPhotoFault(error.fault, language), canRetry: false };
  }
  if (error instanceof RefusedError) {
    const { code, retryAfter } = error;
    const message = language.sayError(code, error.message);
    // A newer server, or a gateway in front of it, may send codes that this page does not know.
    const known = code !== undefined && Object.hasOwn(CONCERNS, code);
    // The messages of other codes already say when to retry.
    const waits = code === 'RATE_LIMITED' && retryAfter !== undefined;
    return {
      concern: known ? CONCERNS[code] : 'action',
      message: waits ? say('retryIn', { message, duration: durationOf(retryAfter, language) }) : message,
      canRetry: !known || RETRYABLE_CODES.has(code),
    };
  }
  reportError(error);
  return {
    concern: 'action',
    message: say('pageFailed'),
    canRetry: true,
  };
}

function durationOf(seconds: number, { say }: Language): string {
  return seconds > MAX_SHOWN_SECONDS
    ? say('minutes', { count: Math.ceil(seconds / 60) })
    : say('seconds', { count: seconds });
}
