/** Every code that an error of this API can carry, with its HTTP status and, for people, when it comes. */
export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, description: 'The request is malformed, or a path in `map` fits nothing.' },
  GRAPHQL_PARSE_FAILED: { status: 400, description: 'The document is not GraphQL.' },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    description: 'The document does not fit the schema, or asks for too much.',
  },
  BAD_USER_INPUT: { status: 400, description: 'A variable or an argument has a value that is not accepted.' },
  FILE_MISSING: { status: 400, description: 'The file did not come, is empty, or text came in its place.' },
  UNAUTHENTICATED: { status: 401, description: 'Nobody is signed in.' },
  FORBIDDEN: { status: 403, description: 'Not allowed, whoever is signed in.' },
  CROSS_SITE_REQUEST: { status: 403, description: 'A page of another site sent the request.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    description: 'The HTTP method does not fit, such as a mutation by GET.',
  },
  FILE_TOO_LARGE: { status: 413, description: 'The file has more bytes than `maxBytes`.' },
  REQUEST_TOO_LARGE: {
    status: 413,
    description: 'The body, one of its fields, the document, or the number of parts or values is too large.',
  },
  TOO_MANY_FILES: {
    status: 413,
    description: 'More files than one request may carry, or one file used twice.',
  },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, description: 'The body is neither JSON nor multipart/form-data.' },
  UNSUPPORTED_FILE_TYPE: { status: 415, description: 'The file is not one of the accepted types.' },
  UNREADABLE_IMAGE: {
    status: 422,
    description: 'The picture is damaged, cut off, or takes too much work to read.',
  },
  INVALID_CROP: { status: 422, description: 'The crop does not lie inside the picture.' },
  NOTHING_TO_RESTORE: { status: 422, description: 'There is no earlier picture that is still kept.' },
  TOO_MANY_PIXELS: { status: 422, description: 'The picture has more pixels than its type may have.' },
  IMAGE_TOO_SMALL: { status: 422, description: 'The picture or its crop has too few pixels.' },
  RATE_LIMITED: {
    status: 429,
    description: 'Too many uploads or requests; `retryAfter` says when to come back.',
  },
  INTERNAL_SERVER_ERROR: { status: 500, description: 'A fault of the server; its log has the `requestId`.' },
  SERVER_BUSY: {
    status: 503,
    description: 'The server is busy or shutting down; try again after `retryAfter` seconds.',
  },
  AUTH_UNAVAILABLE: {
    status: 503,
    description: 'The keys that prove a sign-in cannot be fetched right now.',
  },
  STORAGE_FULL: { status: 507, description: 'The server has no room left for pictures.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}
