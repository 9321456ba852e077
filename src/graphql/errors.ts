import { GraphQLError } from 'graphql';
import {
  AuthUnavailableError,
  CrossSiteRequestError,
  ForbiddenError,
  ForbiddenHostError,
  RateLimitedError,
  UnauthenticatedError,
} from '../auth/errors.ts';
import {
  DatabaseBusyError,
  DatabaseClosedError,
  DatabaseFullError,
  DatabaseMovedError,
  PictureExistsError,
  PictureNotPendingError,
  UploadsBlockedError,
  UserBeingDeletedError,
  UserDeletedError,
} from '../database/errors.ts';
import {
  DecoderKilledError,
  DecoderUnavailableError,
  ImageTooSmallError,
  ImagingBusyError,
  ImagingClosedError,
  TooManyPixelsError,
  UnreadableImageError,
  UnsupportedFileTypeError,
} from '../imaging/errors.ts';
import {
  BodyStalledError,
  ClientDisconnectedError,
  FileMissingError,
  FileTooLargeError,
  MalformedRequestError,
  RequestAnsweredError,
  RequestTooLargeError,
  ServerMemoryError,
  TooManyFilesError,
} from '../multipart/errors.ts';
import {
  InvalidCropError,
  InvalidInputError,
  NothingToRestoreError,
  UserDeletionUnfinishedError,
} from '../pictures/errors.ts';
import { StorageBusyError, StorageFullError } from '../storage/errors.ts';
import { ERROR_CODES, type ErrorCode, isErrorCode } from './error-codes.ts';
import {
  MethodNotAllowedError,
  PersistedQueryNotSupportedError,
  ShuttingDownError,
  UnsupportedMediaTypeError,
} from './request-errors.ts';

/** Seconds after which clients may retry when the server is busy. */
const BUSY_RETRY_AFTER = 2;
/** Seconds after which clients may retry during a move, which takes minutes at least. */
const MOVED_RETRY_AFTER = 60;

/** Maximum length of an error message in UTF-16 code units. Messages can quote long values from the client. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Maximum number of locations in one error. */
const MAX_LOCATIONS = 10;

type Facts = Readonly<Record<string, unknown>>;
type ErrorClass = abstract new (...args: never[]) => Error;

/** Error classes with their code, and the facts of an error that become its extensions. */
const CLASSES: readonly (readonly [ErrorClass, ErrorCode, ((error: never) => Facts)?])[] = [
  [MalformedRequestError, 'BAD_REQUEST'],
  [BodyStalledError, 'BAD_REQUEST'],
  [ClientDisconnectedError, 'BAD_REQUEST'],
  [RequestAnsweredError, 'BAD_REQUEST'],
  [PersistedQueryNotSupportedError, 'PERSISTED_QUERY_NOT_SUPPORTED'],
  [InvalidInputError, 'BAD_USER_INPUT'],
  [FileMissingError, 'FILE_MISSING'],
  [UnauthenticatedError, 'UNAUTHENTICATED'],
  [UploadsBlockedError, 'UPLOADS_BLOCKED', ({ until, reason }: UploadsBlockedError) => ({ until, reason })],
  [ForbiddenError, 'FORBIDDEN'],
  [ForbiddenHostError, 'FORBIDDEN'],
  [UserDeletedError, 'FORBIDDEN'],
  [CrossSiteRequestError, 'CROSS_SITE_REQUEST'],
  [MethodNotAllowedError, 'METHOD_NOT_ALLOWED'],
  [FileTooLargeError, 'FILE_TOO_LARGE', ({ maxBytes }: FileTooLargeError) => ({ maxBytes })],
  [RequestTooLargeError, 'REQUEST_TOO_LARGE', ({ limit }: RequestTooLargeError) => ({ limit })],
  [TooManyFilesError, 'TOO_MANY_FILES', ({ limit }: TooManyFilesError) => ({ limit })],
  [UnsupportedMediaTypeError, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    UnsupportedFileTypeError,
    'UNSUPPORTED_FILE_TYPE',
    ({ detected, mediaTypes }: UnsupportedFileTypeError) => ({ detected, mediaTypes }),
  ],
  [UnreadableImageError, 'UNREADABLE_IMAGE'],
  [InvalidCropError, 'INVALID_CROP'],
  [NothingToRestoreError, 'NOTHING_TO_RESTORE'],
  [TooManyPixelsError, 'TOO_MANY_PIXELS', sizes],
  [ImageTooSmallError, 'IMAGE_TOO_SMALL', sizes],
  [RateLimitedError, 'RATE_LIMITED', ({ retryAfter }: RateLimitedError) => ({ retryAfter })],
  [ImagingBusyError, 'SERVER_BUSY', busy],
  [ImagingClosedError, 'SERVER_BUSY', busy],
  [DecoderUnavailableError, 'SERVER_BUSY', busy],
  [DecoderKilledError, 'SERVER_BUSY', busy],
  [DatabaseBusyError, 'SERVER_BUSY', busy],
  [DatabaseClosedError, 'SERVER_BUSY', busy],
  [DatabaseMovedError, 'SERVER_BUSY', () => ({ retryAfter: MOVED_RETRY_AFTER })],
  [PictureNotPendingError, 'SERVER_BUSY', busy],
  [PictureExistsError, 'SERVER_BUSY', busy],
  [UserBeingDeletedError, 'SERVER_BUSY', busy],
  [UserDeletionUnfinishedError, 'SERVER_BUSY', busy],
  [StorageBusyError, 'SERVER_BUSY', busy],
  [ServerMemoryError, 'SERVER_BUSY', busy],
  [ShuttingDownError, 'SERVER_BUSY', busy],
  [AuthUnavailableError, 'AUTH_UNAVAILABLE', busy],
  [StorageFullError, 'STORAGE_FULL'],
  [DatabaseFullError, 'STORAGE_FULL'],
];

function sizes({ width, height, limit }: TooManyPixelsError | ImageTooSmallError): Facts {
  return { width, height, limit };
}

function busy(): Facts {
  return { retryAfter: BUSY_RETRY_AFTER };
}

/**
 * Turns any error into the one that the client gets: a message, `extensions.code` and the facts. This is the only place
 * that does so. An unexpected error becomes INTERNAL_SERVER_ERROR, and `report` gets the original.
 */
export function toClientError(
  error: unknown,
  requestId: string,
  report: (error: unknown) => void,
): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined;
  const original = originalOf(error);
  const known = CLASSES.find(([errorClass]) => original instanceof errorClass);
  if (known !== undefined) {
    const [, code, facts] = known;
    if (ERROR_CODES[code].status >= 500 && (original as Error).cause !== undefined) {
      // The client gets advice, and the operator's log gets the cause.
      report(original);
    }
    return relocate(located, (original as Error).message, { code, ...facts?.(original as never) });
  }
  const code = original instanceof GraphQLError ? codeOf(original, located) : undefined;
  if (code !== undefined) {
    return relocate(located, (located ?? (original as Error)).message, { code });
  }
  report(original);
  return relocate(located, 'The server failed unexpectedly. Its log has the details.', {
    code: 'INTERNAL_SERVER_ERROR',
    requestId,
  });
}

/** Returns the original error inside the GraphQLErrors that execution wraps around it. */
function originalOf(error: unknown): unknown {
  let original = error;
  while (original instanceof GraphQLError && original.originalError !== undefined) {
    original = original.originalError;
  }
  return original;
}

/** Returns the code of an error that graphql-js or Yoga created. */
function codeOf(error: GraphQLError, located: GraphQLError | undefined): ErrorCode | undefined {
  const { code, http } = error.extensions as { code?: unknown; http?: { status?: number } };
  if (http?.status === 405) {
    return 'METHOD_NOT_ALLOWED';
  }
  if (code === 'OPERATION_RESOLUTION_FAILURE') {
    return 'BAD_REQUEST';
  }
  if (isErrorCode(code)) {
    return code;
  }
  // An error without a path occurred before any resolver ran, because a variable has the wrong type. A value that fits
  // its variable but not its argument fails during execution, and only the message identifies that error.
  const isOfClient = located?.path === undefined || error.message.startsWith('Argument "');
  return code === undefined && isOfClient ? 'BAD_USER_INPUT' : undefined;
}

function relocate(located: GraphQLError | undefined, message: string, extensions: Facts): GraphQLError {
  return new GraphQLError(shorten(message), {
    nodes: located?.nodes?.slice(0, MAX_LOCATIONS) ?? null,
    source: located?.source ?? null,
    positions: located?.positions ?? null,
    path: located?.path ?? null,
    extensions,
  });
}

function shorten(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : message;
}
