import { getTableName } from 'drizzle-orm';
import type pg from 'pg';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import RateLimiterPostgres from 'rate-limiter-flexible/lib/RateLimiterPostgres.js';
import type { LimiterOptions } from '../database.ts';
import type { Pool } from './open-pool.ts';
import { PostgresFault } from './postgres-faults.ts';
import { counts, portrait } from './schema.ts';

/** Creates a rate limiter that counts in the database, so that all instances count together. */
export function openSharedLimiter({ write }: Pool, { name, ...limits }: LimiterOptions): RateLimiterAbstract {
  const query = (statement: pg.QueryConfig) =>
    write(({ $client }) =>
      $client.query(statement).catch((error: Error) => {
        throw new PostgresFault(error);
      }),
    );
  return new RateLimiterPostgres({
    ...limits,
    keyPrefix: name,
    storeClient: { query },
    storeType: 'client',
    schemaName: portrait.schemaName,
    tableName: getTableName(counts),
    // The migrations create the table.
    tableCreated: true,
  });
}
