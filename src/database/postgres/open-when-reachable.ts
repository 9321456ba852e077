import { setTimeout as sleep } from 'node:timers/promises';
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import type { Logger } from '../../telemetry/logger.ts';
import { DatabaseUnusableError } from '../errors.ts';
import { connectionSettings } from './connection-settings.ts';
import { PostgresFault } from './postgres-faults.ts';

/** Milliseconds for which a start waits for a database that may still be starting. */
const START_TIMEOUT_MS = 10_000;
/** Milliseconds between attempts to connect. */
const RETRY_INTERVAL_MS = 250;

/**
 * Runs the first work on a database as soon as it is reachable, on a dedicated connection without a time limit. Rejects
 * with DatabaseUnusableError, at once if waiting would not help.
 */
export async function openWhenReachable<T>(
  url: string,
  logger: Logger,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (let isRetry = false; ; isRetry = true) {
    const client = new pg.Client({ ...connectionSettings(url), query_timeout: 0 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      const fault = toPostgresFault(error as Error);
      const database = `${client.host}:${client.port}/${client.database}`;
      if (fault.isPermanent || performance.now() > deadline) {
        throw new DatabaseUnusableError(database, fault.message, { cause: fault });
      }
      if (!isRetry) {
        logger.warn({ database, reason: fault.message }, 'The database is not available yet; retrying');
      }
    } finally {
      void client.end().catch(() => {});
    }
    await sleep(RETRY_INTERVAL_MS);
  }
}

function toPostgresFault(error: Error): PostgresFault {
  return new PostgresFault(error instanceof DrizzleQueryError && error.cause ? error.cause : error);
}
