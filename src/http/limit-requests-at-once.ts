import type { IncomingMessage, ServerResponse } from 'node:http';
import { RateLimitedError } from '../auth/errors.ts';

export interface RequestsAtOnceOptions {
  /** Maximum number of requests of one client in progress. 0 means no limit. */
  readonly max: number;
  /** Returns the client for which a request counts, or undefined if no limit applies. */
  readonly clientOf: (request: IncomingMessage) => string | undefined;
}

/** Seconds. A request frees its place as soon as its response is sent. */
const RETRY_AFTER_S = 1;

/**
 * Limits how many requests of one client are in progress. The limit of connections does the same for clients that
 * connect directly, but the connections of a proxy belong to many clients.
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
  const running = new Map<string, number>();
  return (request, response) => {
    // The limit of connections covers clients that no proxy names.
    const isNamed = max > 0 && request.headers['x-forwarded-for'] !== undefined;
    const client = isNamed ? clientOf(request) : undefined;
    if (client === undefined) {
      return undefined;
    }
    const count = running.get(client) ?? 0;
    if (count >= max) {
      return new RateLimitedError('requests at once', RETRY_AFTER_S);
    }
    running.set(client, count + 1);
    response.once('close', () => {
      const left = (running.get(client) ?? 1) - 1;
      if (left === 0) {
        running.delete(client);
      } else {
        running.set(client, left);
      }
    });
    return undefined;
  };
}
