import type { ServerResponse } from 'node:http';
import { ERROR_CODES, type ErrorCode } from '../graphql/error-codes.ts';
import { toClientError } from '../graphql/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { setHeaders } from './common-headers.ts';
import { sendText } from './connection/send-text.ts';

export interface ErrorContext {
  readonly requestId: string;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

/** Sends the response for an error, or disconnects the client if a response has begun. */
export function sendError(
  response: ServerResponse,
  error: unknown,
  { requestId, headers, logger }: ErrorContext,
): void {
  // If the client disconnects, Node destroys the response without an error. If the source of a response fails, the
  // pipeline destroys the response with an error.
  if (response.destroyed && response.errored === null) {
    return;
  }
  const { message, extensions } = toClientError(error, requestId, (fault) =>
    logger.error({ err: fault, requestId }, 'A request failed because of a server error'),
  );
  if (response.headersSent) {
    response.destroy();
    return;
  }
  setHeaders(response, headers, requestId);
  const { code, retryAfter } = extensions as { code: ErrorCode; retryAfter?: number };
  sendText(response, ERROR_CODES[code].status, message, {
    ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
  });
}
