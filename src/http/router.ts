import type { IncomingMessage, ServerResponse } from 'node:http';
import { ForbiddenHostError, type RateLimitedError } from '../auth/errors.ts';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import { ANY_ORIGIN_HEADERS, sendPreflight } from './any-origin.ts';
import type { MessageRefusal } from './check-message.ts';
import { sendText } from './connection/send-text.ts';
import { sendNotFound } from './files/file-refusals.ts';
import type { Route } from './routes.ts';

/**
 * Responds to a request that is not for GraphQL.
 * @param path without the path of the public URL and without a query, still encoded.
 * @param refusal reason to reject the request, whatever its route. The function throws a RateLimitedError.
 */
export type RouteRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  refusal: RateLimitedError | MessageRefusal | undefined,
) => Promise<void>;

/**
 * Passes each request to the first route with a matching prefix.
 * @param loopbackOnly true if the server responds only under a loopback name.
 */
export function createRouter(routes: readonly Route[], loopbackOnly: boolean): RouteRequest {
  return async (request, response, path, refusal) => {
    const route = routes.find(({ prefix }) => path.startsWith(prefix));
    const isOpen = route?.isOpenToAnyOrigin === true;
    if (isOpen) {
      response.setHeaders(new Map(Object.entries(ANY_ORIGIN_HEADERS)));
    }
    if (refusal instanceof Error) {
      throw refusal;
    }
    if (refusal !== undefined) {
      sendText(response, refusal.status, refusal.sentence, refusal.headers);
    } else if (loopbackOnly && !isLoopbackHostHeader(request.headers.host)) {
      sendText(response, 403, new ForbiddenHostError().message);
    } else if (route === undefined) {
      sendNotFound(response);
    } else if (isOpen && request.method === 'OPTIONS') {
      sendPreflight(response);
    } else {
      await route.handle(request, response, path.slice(route.prefix.length));
    }
  };
}
