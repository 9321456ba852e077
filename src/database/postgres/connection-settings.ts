import type pg from 'pg';

/** Milliseconds until a connection must be there: a new one, or a free one of the pool. */
const CONNECT_TIMEOUT_MS = 3_000;
/**
 * Milliseconds. A transaction whose client is gone holds its locks until the server ends it for being idle, so
 * whoever waits for a lock waits longer than that; a statement may take longer than it waits for a lock; and the
 * server has its say before we stop listening.
 */
const IDLE_TRANSACTION_TIMEOUT_MS = 3_000;
const LOCK_TIMEOUT_MS = 4_000;
const STATEMENT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 6_000;

/** How every connection is made. The URL's own parameters, such as `sslmode`, mean what they mean to `pg`. */
export function connectionSettings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    fallback_application_name: 'portrait',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  };
}

/**
 * Makes a new session as we need it, whatever the role's or the server's defaults are. By statements, since a
 * pooler between us and Postgres may refuse such settings in the start-up message.
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(`
    SELECT set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
           set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false),
           set_config('idle_in_transaction_session_timeout', '${IDLE_TRANSACTION_TIMEOUT_MS}', false),
           set_config('default_transaction_isolation', 'read committed', false),
           set_config('datestyle', 'ISO', false),
           -- Off would acknowledge pictures that a power failure takes away; every other value is at least as strict as on, or is the operator's choice.
           CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END`);
}
