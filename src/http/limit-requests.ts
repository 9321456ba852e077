import type { IncomingMessage } from 'node:http';
import { createClientAddress } from '../auth/client-address.ts';
import { createWindowLimit } from '../auth/window-limit.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface RequestLimitOptions {
  /** Maximum number of requests of one client per minute. 0 means no limit. */
  readonly perMinute: number;
  /** Addresses and networks of trusted proxies. */
  readonly trustedProxies: readonly string[];
  readonly logger: Logger;
}

/** Counts a request for its client. Throws RateLimitedError if the client has sent too many. */
export type LimitRequests = (request: IncomingMessage) => void;

const MINUTE_MS = 60_000;

/**
 * Creates a limit that counts the requests of each client in the memory of this process. Requests from this machine
 * have no limit: its owner sends them, or a proxy that TRUST_PROXY does not name sends them for all clients.
 */
export function createRequestLimit({
  perMinute,
  trustedProxies,
  logger,
}: RequestLimitOptions): LimitRequests {
  const consume =
    perMinute === 0 ? undefined : createWindowLimit('requests', { points: perMinute, duration: MINUTE_MS });
  const clientOf = createClientAddress(trustedProxies);
  let warned = trustedProxies.length > 0;
  return (request) => {
    if (!warned && request.headers['x-forwarded-for'] !== undefined) {
      warned = true;
      logger.warn(
        { address: request.socket.remoteAddress },
        'A request has X-Forwarded-For, but TRUST_PROXY is not set; all clients behind a proxy count as one client',
      );
    }
    if (consume === undefined) {
      return;
    }
    const client = clientOf(request);
    if (client !== undefined) {
      consume(client);
    }
  };
}
