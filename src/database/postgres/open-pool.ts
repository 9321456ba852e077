import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { DatabaseBusyError, DatabaseClosedError, DatabaseFullError } from '../errors.ts';
import type { Availability } from './availability.ts';
import { connectionSettings, prepareSession } from './connection-settings.ts';
import { asPostgresFault, PostgresFault } from './postgres-faults.ts';

export type Drizzle = NodePgDatabase & { readonly $client: pg.PoolClient };

/**
 * Runs queries on pooled connections. Rejects with DatabaseBusyError, DatabaseFullError or DatabaseClosedError. Any
 * other error is passed on unchanged.
 */
export interface Pool {
  /** Runs a single statement that only reads. */
  read<T>(query: (db: Drizzle) => Promise<T>): Promise<T>;
  /** Runs a transaction. If it rejects with DatabaseBusyError, the transaction may have taken effect anyway. */
  write<T>(transaction: (tx: Drizzle) => Promise<T>): Promise<T>;
  /** Sends one query, without retries. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds for which a failing call is retried. */
const RETRY_TIMEOUT_MS = 3_000;
/** Milliseconds before the first retry. The delay doubles with each retry. */
const FIRST_RETRY_DELAY_MS = 50;
/** Milliseconds after which an idle connection is closed. */
const IDLE_TIMEOUT_MS = 60_000;

/** Opens a pool of at most `size` connections, which connect when they are first needed. */
export function openPool(url: string, size: number, availability: Availability): Pool {
  const pool = new pg.Pool({
    ...connectionSettings(url),
    max: size,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    onConnect: prepareSession,
  });
  // The pool replaces a connection that was lost while idle. Without listeners, these errors would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  let closed = false;

  async function runOnce<T>(run: (db: Drizzle) => Promise<T>): Promise<T> {
    if (closed) {
      throw new DatabaseClosedError();
    }
    const client = await pool.connect().catch((error: Error) => {
      throw new PostgresFault(error);
    });
    try {
      const result = await run(drizzle({ client }));
      client.release();
      return result;
    } catch (error) {
      // Closing the connection makes Postgres roll back an uncommitted transaction.
      client.release(true);
      throw asPostgresFault(error);
    }
  }

  async function runWatched<T>(run: (db: Drizzle) => Promise<T>): Promise<T> {
    try {
      const result = await runOnce(run);
      availability.answered();
      return result;
    } catch (error) {
      if (error instanceof PostgresFault) {
        availability.failed(error);
      }
      throw error;
    }
  }

  /** Retries temporary failures while `mayRetry` returns true. */
  async function runWithRetries<T>(run: (db: Drizzle) => Promise<T>, mayRetry: () => boolean): Promise<T> {
    const deadline = performance.now() + RETRY_TIMEOUT_MS;
    for (let delay = FIRST_RETRY_DELAY_MS; ; delay *= 2) {
      try {
        return await runWatched(run);
      } catch (error) {
        const canRetry = error instanceof PostgresFault && error.isRetryable && mayRetry();
        if (!canRetry || performance.now() + delay > deadline) {
          throw asDatabaseError(error);
        }
      }
      await sleep(delay);
    }
  }

  return {
    read: (query) => runWithRetries(query, () => true),

    write(transaction) {
      let committing = false;
      return runWithRetries(
        async (db) => {
          await db.execute(sql`BEGIN`);
          const result = await transaction(db);
          committing = true;
          await db.execute(sql`COMMIT`);
          return result;
        },
        () => !committing,
      );
    },

    check: () =>
      runWatched(async (db) => {
        await db.execute(sql`SELECT 1`);
      }).catch((error) => {
        throw asDatabaseError(error);
      }),

    async close() {
      closed = true;
      await pool.end();
    },
  };
}

/**
 * Converts a failure of Postgres to an error of the contract. Returns the error of a wrong statement, and any other
 * error, unchanged.
 */
function asDatabaseError(error: unknown): unknown {
  if (!(error instanceof PostgresFault) || error.kind === 'rejected') {
    return error;
  }
  return error.kind === 'full'
    ? new DatabaseFullError({ cause: error })
    : new DatabaseBusyError({ cause: error });
}
