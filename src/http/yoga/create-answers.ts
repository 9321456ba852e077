import { GraphQLError } from 'graphql';
import type { AllowsOrigin } from '../../auth/origins.ts';
import { ERROR_CODES, isErrorCode } from '../../graphql/error-codes.ts';
import { toClientError } from '../../graphql/errors.ts';
import { MAX_ERRORS } from '../../graphql/explain-abort.ts';
import { MethodNotAllowedError } from '../../graphql/request-errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { qualityOf } from '../accept.ts';
import type { Answer } from '../connection/send-response.ts';
import { corsHeaders } from './cors-headers.ts';
import { formAnswer, isFormPost } from './form-answer.ts';
import type { RequestContext } from './request-context.ts';

/** Result of a GraphQL request. Its errors can be of any class. */
export interface Result {
  readonly data?: unknown;
  readonly errors?: readonly unknown[];
}

export interface AnswerOptions {
  /** Returns whether pages of an origin can read the responses. */
  readonly allowsOrigin: AllowsOrigin;
  /** Returns the path of the public URL, without a trailing slash. */
  readonly basePath: () => string;
  readonly logger: Logger;
}

const RESPONSE_JSON = 'application/graphql-response+json';
const PLAIN_JSON = 'application/json';
/** The response depends on the user and the origin, so no shared cache can reuse it. */
const UNCACHEABLE = ['Cache-Control', 'private, no-cache'];

/**
 * Creates a function that turns each result into an HTTP response. Errors come from graphql/errors.ts, the status
 * follows from their codes, and the media type from the `Accept` header. A client that accepts application/json but not
 * application/graphql-response+json gets errors of its document with status 200
 * (https://graphql.github.io/graphql-over-http/draft/#sec-application-json). A browser that sent a form gets a page.
 */
export function createAnswers({
  allowsOrigin,
  basePath,
  logger,
}: AnswerOptions): (result: Result, context: RequestContext) => Answer {
  const toClientErrors = (errors: readonly unknown[], requestId: string) =>
    errors
      .slice(0, MAX_ERRORS)
      .map((error) =>
        toClientError(error, requestId, (fault) =>
          logger.error({ err: fault, requestId }, 'A request failed because of a server error'),
        ),
      );
  return (result, { req, requestId, documentReached }) => {
    const errors = result.errors && toClientErrors(result.errors, requestId);
    const accept = req.headers.accept ?? '*/*';
    const plain = qualityOf(PLAIN_JSON, accept);
    const full = qualityOf(RESPONSE_JSON, accept);
    const status = plain > full && documentReached ? 200 : statusOf(result, errors);
    const headers = UNCACHEABLE.concat(errorHeaders(status, result, errors), corsHeaders(req, allowsOrigin));
    if (isFormPost(req)) {
      const answer = formAnswer(req, status, errors, basePath());
      return { ...answer, headers: headers.concat(answer.headers) };
    }
    const mediaType = full > 0 && full >= plain ? RESPONSE_JSON : PLAIN_JSON;
    return {
      status,
      headers: headers.concat('Content-Type', `${mediaType}; charset=utf-8`),
      body: JSON.stringify(errors === undefined ? result : { ...result, errors }),
    };
  };
}

/** Returns the headers that some errors add, as names and values in turn. */
function errorHeaders(
  status: number,
  result: Result,
  errors: readonly GraphQLError[] | undefined,
): readonly string[] {
  if (errors === undefined) {
    return [];
  }
  const allow = result.errors?.map(allowOf).find((methods) => methods !== undefined);
  return [
    ...retryAfter(errors),
    ...(allow === undefined ? [] : ['Allow', allow]),
    // RFC 9110, section 15.5.2, requires this header in every 401.
    ...(status === 401 ? ['WWW-Authenticate', 'Bearer'] : []),
  ];
}

/** Returns the highest status of the errors, or 200 if there are no errors or there is data. */
function statusOf({ data }: Result, errors: readonly GraphQLError[] | undefined): number {
  if (errors === undefined || errors.length === 0 || data != null) {
    return 200;
  }
  return Math.max(
    ...errors.map(({ extensions: { code } }) => (isErrorCode(code) ? ERROR_CODES[code].status : 500)),
  );
}

function retryAfter(errors: readonly GraphQLError[]): readonly string[] {
  const seconds = errors
    .map((error) => error.extensions['retryAfter'])
    .find((value) => typeof value === 'number');
  return seconds === undefined ? [] : ['Retry-After', String(seconds)];
}

/** Returns the allowed methods if an error is about the method. Yoga's own errors have them in a header. */
function allowOf(error: unknown): string | undefined {
  if (error instanceof MethodNotAllowedError) {
    return error.allow;
  }
  const { http } = (error instanceof GraphQLError ? error.extensions : {}) as {
    http?: { status?: number; headers?: { Allow?: string } };
  };
  return http?.status === 405 ? http.headers?.Allow : undefined;
}
