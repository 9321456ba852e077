/** Error codes of this API, with their HTTP status and their meaning for people. */
export const ERROR_CODES = {
  BAD_REQUEST: {
    status: 400,
    description: 'The request is malformed, or a path in `map` does not exist in `operations`.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    // GraphQL over HTTP demands 4xx in application/graphql-response+json. But Apollo iOS reads errors only from responses
    // with the status 2xx, and so does Apollo Kotlin in application/json. Apollo Server sends 200 to all clients.
    status: 200,
    description: 'The request has only the hash of its document. Send the document as `query`.',
  },
  GRAPHQL_PARSE_FAILED: { status: 400, description: 'The document has a syntax error.' },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    description: 'The document does not match the schema, or exceeds a limit.',
  },
  BAD_USER_INPUT: { status: 400, description: 'A variable or an argument has an invalid value.' },
  FILE_MISSING: { status: 400, description: 'The file is missing or empty, or the field contains text.' },
  UNAUTHENTICATED: { status: 401, description: 'The request has no valid token.' },
  FORBIDDEN: {
    status: 403,
    description: 'The token does not allow this for this user, or the server does not allow it for anyone.',
  },
  UPLOADS_BLOCKED: {
    status: 403,
    description: 'The user’s uploads are blocked, until the time `until` if it is not null.',
  },
  CROSS_SITE_REQUEST: { status: 403, description: 'A page of another site sent the request.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    description: 'The HTTP method is not allowed, for example a mutation by GET.',
  },
  FILE_TOO_LARGE: { status: 413, description: 'The file is larger than `maxBytes`.' },
  REQUEST_TOO_LARGE: {
    status: 413,
    description: 'The body, one of its fields, the document, or the number of parts or values is too large.',
  },
  TOO_MANY_FILES: {
    status: 413,
    description: 'The request has too many files, or uses a file twice.',
  },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, description: 'The body is neither JSON nor multipart/form-data.' },
  UNSUPPORTED_FILE_TYPE: { status: 415, description: 'The file does not have an accepted type.' },
  UNREADABLE_IMAGE: {
    status: 422,
    description:
      'The picture is damaged, incomplete or fully transparent, or decoding it takes too much work.',
  },
  INVALID_CROP: { status: 422, description: 'The crop is not inside the picture.' },
  NOTHING_TO_RESTORE: { status: 422, description: 'The trash has no picture to restore.' },
  TOO_MANY_PIXELS: { status: 422, description: 'The picture has too many pixels for its type.' },
  IMAGE_TOO_SMALL: { status: 422, description: 'The picture or its crop has too few pixels.' },
  RATE_LIMITED: {
    status: 429,
    description: 'Too many uploads or requests. Retry after `retryAfter` seconds.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    description: 'The server failed. Its log has the details under `requestId`.',
  },
  SERVER_BUSY: {
    status: 503,
    description: 'The server is busy or shutting down. Retry after `retryAfter` seconds.',
  },
  AUTH_UNAVAILABLE: {
    status: 503,
    description: 'The server cannot fetch the keys that verify tokens. Retry after `retryAfter` seconds.',
  },
  STORAGE_FULL: { status: 507, description: 'The server has no space left for pictures.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Returns whether a value is one of the codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}
