import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { MIGRATION_LOCK } from './advisory-locks.ts';
import { portrait } from './schema.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Brings the tables up to date, one instance after the other. A migration may take as long as it takes.
 * @param client a connection of its own, which is done with afterwards.
 */
export async function migratePostgres(client: pg.Client): Promise<void> {
  await client.query(
    "SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)",
  );
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  // The lock goes with the connection.
  await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS, migrationsSchema: portrait.schemaName });
}
