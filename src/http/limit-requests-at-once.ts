import type { IncomingMessage, ServerResponse } from 'node:http';
import { RateLimitedError } from '../auth/errors.ts';

export interface RequestsAtOnceOptions {
  /** Maximum number of requests of one client in progress. 0 means no limit. */
  readonly max: number;
  /** Returns the client that a request belongs to, or undefined if no limit applies. */
  readonly clientOf: (request: IncomingMessage) => string | undefined;
}

/** Seconds. A request stops counting as soon as its response is sent. */
const RETRY_AFTER_S = 1;

/**
 * Limits how many requests of one client are in progress. The connection limit does the same for clients that connect
 * directly, but not for clients behind a proxy, because a proxy's connections belong to many clients.
 * @returns a function that returns the error to send, or counts the request until its response closes.
 */
export function limitRequestsAtOnce({
  max,
  clientOf,
}: RequestsAtOnceOptions): (
  request: IncomingMessage,
  response: ServerResponse,
) => RateLimitedError | undefined {
  /** Requests in progress, by client. */
  const inProgress = new Map<string, number>();
  return (request, response) => {
    // The connection limit covers requests without the header.
    const isProxied = max > 0 && request.headers['x-forwarded-for'] !== undefined;
    const client = isProxied ? clientOf(request) : undefined;
    if (client === undefined) {
      return undefined;
    }
    const count = inProgress.get(client) ?? 0;
    if (count >= max) {
      return new RateLimitedError('requests at once', RETRY_AFTER_S);
    }
    inProgress.set(client, count + 1);
    response.once('close', () => {
      const remaining = (inProgress.get(client) ?? 1) - 1;
      if (remaining === 0) {
        inProgress.delete(client);
      } else {
        inProgress.set(client, remaining);
      }
    });
    return undefined;
  };
}
