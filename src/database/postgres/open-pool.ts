import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { DatabaseBusyError, DatabaseClosedError, DatabaseFullError } from '../errors.ts';
import type { Availability } from './availability.ts';
import { connectionSettings, prepareSession } from './connection-settings.ts';
import { asPostgresFault, PostgresFault } from './postgres-faults.ts';

export type Drizzle = NodePgDatabase & { readonly $client: pg.PoolClient };

/** Runs work on a connection. Rejects with DatabaseBusyError, DatabaseFullError or DatabaseClosedError; any other error as it is. */
export interface Pool {
  /** One statement that only reads. */
  read<T>(query: (db: Drizzle) => Promise<T>): Promise<T>;
  /** One transaction. If it rejects with DatabaseBusyError, it may have taken effect all the same. */
  write<T>(transaction: (tx: Drizzle) => Promise<T>): Promise<T>;
  /** Asks once, without trying again. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds after which a call that still fails is given up; between two tries, at first; doubled each time. */
const GIVE_UP_AFTER_MS = 3_000;
const FIRST_RETRY_AFTER_MS = 50;
/** Milliseconds for which a connection that nobody needs is kept. */
const IDLE_TIMEOUT_MS = 60_000;

export function openPool(url: string, size: number, availability: Availability): Pool {
  const pool = new pg.Pool({
    ...connectionSettings(url),
    max: size,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    onConnect: prepareSession,
  });
  // What is lost while nobody uses it is replaced when it is needed; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  let closed = false;

  async function once<T>(run: (db: Drizzle) => Promise<T>): Promise<T> {
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
      // The server rolls back what was not committed when its connection ends.
      client.release(true);
      throw asPostgresFault(error);
    }
  }

  async function watched<T>(run: (db: Drizzle) => Promise<T>): Promise<T> {
    try {
      const result = await once(run);
      availability.answered();
      return result;
    } catch (error) {
      if (error instanceof PostgresFault) {
        availability.failed(error);
      }
      throw error;
    }
  }

  /** Tries again what failed for a moment only, unless it may have taken effect. */
  async function retried<T>(run: (db: Drizzle) => Promise<T>, mayRetry: () => boolean): Promise<T> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (let delay = FIRST_RETRY_AFTER_MS; ; delay *= 2) {
      try {
        return await watched(run);
      } catch (error) {
        const passes = error instanceof PostgresFault && error.mayPassAtOnce && mayRetry();
        if (!passes || performance.now() + delay > giveUpAt) {
          throw asDatabaseError(error);
        }
      }
      await sleep(delay);
    }
  }

  return {
    read: (query) => retried(query, () => true),

    write(transaction) {
      let committing = false;
      return retried(
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
      watched(async (db) => {
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

/** What the contract has a name for, by that name; every other error as it is. */
function asDatabaseError(error: unknown): unknown {
  if (!(error instanceof PostgresFault) || error.kind === 'refused') {
    return error;
  }
  return error.kind === 'full'
    ? new DatabaseFullError({ cause: error })
    : new DatabaseBusyError({ cause: error });
}
