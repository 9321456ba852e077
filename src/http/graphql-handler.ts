import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimitedError } from '../auth/errors.ts';
import { ShuttingDownError } from '../graphql/request-errors.ts';
import { checkHeaders, type HeaderRules } from './check-headers.ts';
import { addCommonHeaders, commonHeadersFor } from './common-headers.ts';
import { sendResponse } from './connection/send-response.ts';
import type { LimitRequests } from './limit-requests.ts';
import { RequestContext } from './yoga/request-context.ts';
import type { GraphQLServer } from './yoga/yoga.ts';

export interface GraphQLHandlerOptions {
  readonly graphql: GraphQLServer;
  readonly limitRequests: LimitRequests;
  readonly headerRules: HeaderRules;
  /** Returns whether browsers reach the server over HTTPS. */
  readonly overHttps: () => boolean;
  /** Returns whether the server rejects new requests. */
  readonly isStopping: () => boolean;
}

/**
 * Responds to a GraphQL request.
 * @param awaitsContinue true if the client waits for `100 Continue` before it sends its body.
 * @param limitError set if the client has too many requests in progress.
 */
export type HandleGraphQL = (
  response: ServerResponse,
  requestId: string,
  awaitsContinue: boolean,
  limitError: RateLimitedError | undefined,
) => Promise<void>;

/** Creates a handler that rejects requests by their headers, and leaves the others to the GraphQL server. */
export function createGraphQLHandler(options: GraphQLHandlerOptions): HandleGraphQL {
  return async (response, requestId, awaitsContinue, limitError) => {
    const { req } = response;
    const refusal = limitError ?? findRefusal(req, options);
    if (awaitsContinue && refusal === undefined) {
      response.writeContinue();
    }
    const context = new RequestContext(response, requestId);
    const { status, headers, body } = await options.graphql(context, refusal);
    context.releaseBody?.();
    if (!response.destroyed) {
      const common = commonHeadersFor(options.overHttps());
      await sendResponse(response, {
        status,
        headers: addCommonHeaders(common, ['X-Request-Id', requestId, ...headers]),
        body,
      });
    }
  };
}

/** Returns the error if the server rejects a request before it reads the body. */
function findRefusal(
  request: IncomingMessage,
  { isStopping, limitRequests, headerRules }: GraphQLHandlerOptions,
): Error | undefined {
  if (isStopping()) {
    return new ShuttingDownError();
  }
  try {
    limitRequests(request);
  } catch (error) {
    return error as Error;
  }
  return checkHeaders(request, headerRules);
}
