import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { MIGRATION_LOCK } from './advisory-locks.ts';
import { portrait } from './schema.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Migrates the tables without a time limit. A lock makes instances migrate one after the other.
 * @param client a dedicated connection, to be closed afterwards.
 */
export async function migratePostgres(client: pg.Client): Promise<void> {
  await client.query(
    "SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)",
  );
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  // Closing the connection releases the lock.
  await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS, migrationsSchema: portrait.schemaName });
}
