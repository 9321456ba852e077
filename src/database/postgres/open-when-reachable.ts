import { setTimeout as sleep } from 'node:timers/promises';
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import type { Logger } from '../../telemetry/logger.ts';
import { DatabaseUnusableError } from '../errors.ts';
import { connectionSettings } from './connection-settings.ts';
import { PostgresFault } from './postgres-faults.ts';

/** Milliseconds for which a start waits for a database that may be starting too, and between two tries. */
const WAIT_MS = 10_000;
const RETRY_EVERY_MS = 250;

/**
 * Does the first work on a database, with a connection of its own that has no time limit, as soon as there is one.
 * Rejects with DatabaseUnusableError, at once if waiting would not help.
 */
export async function openWhenReachable<T>(
  url: string,
  logger: Logger,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const giveUpAt = performance.now() + WAIT_MS;
  for (let waits = false; ; waits = true) {
    const client = new pg.Client({ ...connectionSettings(url), query_timeout: 0 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      const fault = faultOf(error as Error);
      const database = `${client.host}:${client.port}/${client.database}`;
      if (fault.isLasting || performance.now() > giveUpAt) {
        throw new DatabaseUnusableError(database, fault.message, { cause: fault });
      }
      if (!waits) {
        logger.warn({ database, reason: fault.message }, 'The database does not answer yet');
      }
    } finally {
      void client.end().catch(() => {});
    }
    await sleep(RETRY_EVERY_MS);
  }
}

function faultOf(error: Error): PostgresFault {
  return new PostgresFault(error instanceof DrizzleQueryError && error.cause ? error.cause : error);
}
