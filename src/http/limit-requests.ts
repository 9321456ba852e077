import type { IncomingMessage } from 'node:http';
import { createClientAddress } from '../auth/client-address.ts';
import { noLimit } from '../auth/rate-limit.ts';
import { createWindowLimit } from '../auth/window-limit.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface RequestLimitOptions {
  /** Of one client. 0 is no limit. */
  readonly perMinute: number;
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
  readonly logger: Logger;
}

/** Rejects with RateLimitedError when the sender of a request has sent too many. */
export type LimitRequests = (request: IncomingMessage) => Promise<void>;

const MINUTE_MS = 60_000;

/**
 * Counts the requests of each client in this process's memory. This machine itself has no limit: what comes from it is its owner's, or
 * was sent by a proxy that nobody has named, and then stands for everybody.
 */
export function createRequestLimit({
  perMinute,
  trustedProxies,
  logger,
}: RequestLimitOptions): LimitRequests {
  const take =
    perMinute === 0 ? noLimit : createWindowLimit('requests', { points: perMinute, duration: MINUTE_MS });
  const clientOf = createClientAddress(trustedProxies);
  let warned = trustedProxies.length > 0;
  return async (request) => {
    if (!warned && request.headers['x-forwarded-for'] !== undefined) {
      warned = true;
      logger.warn(
        { address: request.socket.remoteAddress },
        'A request has an X-Forwarded-For, but TRUST_PROXY names no proxy: those who come through one count as one client',
      );
    }
    const client = clientOf(request);
    if (client !== undefined) {
      await take(client);
    }
  };
}
