import type { ExecutionResult, GraphQLError } from 'graphql';
import type { FetchAPI, Plugin } from 'graphql-yoga';
import { ERROR_CODES, isErrorCode } from '../../graphql/error-codes.ts';
import { toClientError } from '../../graphql/errors.ts';
import { MAX_ERRORS } from '../../graphql/explain-abort.ts';
import { MethodNotAllowedError } from '../../graphql/request-errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { qualityOf } from '../accept.ts';
import type { RequestContext } from './request-context.ts';

const RESPONSE_JSON = 'application/graphql-response+json';
const PLAIN_JSON = 'application/json';

/**
 * Turns each result into an HTTP response. Errors come from graphql/errors.ts, the status follows from their codes, and
 * the media type from the `Accept` header. A client that accepts application/json but not
 * application/graphql-response+json gets errors of its document with status 200
 * (https://graphql.github.io/graphql-over-http/draft/#sec-application-json).
 */
export function useResponses(logger: Logger): Plugin<object, RequestContext> {
  return {
    onResultProcess({ request, result, serverContext, setResultProcessor }) {
      if (Array.isArray(result) || Symbol.asyncIterator in result) {
        throw new TypeError('The schema has no subscriptions, and batches are rejected before they run.');
      }
      const { requestId, progress } = serverContext;
      const report = (error: unknown) =>
        logger.error({ err: error, requestId }, 'A request failed because of a server error');
      const errors = result.errors
        ?.slice(0, MAX_ERRORS)
        .map((error: unknown) => toClientError(error, requestId, report));
      const accept = request.headers.get('accept') ?? '*/*';
      const [plain, full] = [qualityOf(PLAIN_JSON, accept), qualityOf(RESPONSE_JSON, accept)];
      const mediaType = full > 0 && full >= plain ? RESPONSE_JSON : PLAIN_JSON;
      const status = plain > full && progress.documentReached ? 200 : statusOf(result, errors);
      const allow = result.errors?.map(allowOf).find((methods) => methods !== undefined);
      setResultProcessor((_result, fetchApi: FetchAPI) => {
        const body = JSON.stringify({ ...result, ...(errors && { errors }) });
        const headers = {
          'Content-Type': `${mediaType}; charset=utf-8`,
          // The response depends on the user and the origin, so no shared cache can reuse it.
          'Cache-Control': 'private, no-cache',
          ...retryAfter(errors),
          ...(allow && { Allow: allow }),
          // RFC 9110, section 15.5.2, requires this header in every 401.
          ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
        };
        return new fetchApi.Response(body, { status, headers });
      }, mediaType);
    },
  };
}

/** Returns the highest status of the errors, or 200 if there are no errors or there is data. */
function statusOf(result: ExecutionResult, errors: readonly GraphQLError[] | undefined): number {
  if (errors === undefined || errors.length === 0 || result.data != null) {
    return 200;
  }
  return Math.max(
    ...errors.map(({ extensions: { code } }) => (isErrorCode(code) ? ERROR_CODES[code].status : 500)),
  );
}

function retryAfter(errors: readonly GraphQLError[] | undefined) {
  const seconds = errors
    ?.map((error) => error.extensions['retryAfter'])
    .find((value) => typeof value === 'number');
  return seconds === undefined ? undefined : { 'Retry-After': String(seconds) };
}

/** Returns the allowed methods if an error is about the method. Yoga's own errors have them in a header. */
function allowOf(error: GraphQLError): string | undefined {
  const original = error.originalError;
  const http = error.extensions['http'] as { status?: number; headers?: { Allow?: string } } | undefined;
  return original instanceof MethodNotAllowedError
    ? original.allow
    : http?.status === 405
      ? http.headers?.Allow
      : undefined;
}
