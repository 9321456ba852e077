import type pg from 'pg';

/** Milliseconds to wait for a new connection, or for a free one of the pool. */
const CONNECT_TIMEOUT_MS = 3_000;
/**
 * Timeouts in milliseconds, each longer than the one before. Postgres ends an idle transaction, whose client may be
 * gone, before another transaction stops waiting for its locks. A statement can wait for a lock and still finish. The
 * client waits long enough to receive Postgres's own timeout error.
 */
const IDLE_TRANSACTION_TIMEOUT_MS = 3_000;
const LOCK_TIMEOUT_MS = 4_000;
const STATEMENT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 6_000;

/** Returns the settings of every connection. `pg` interprets the parameters of the URL, such as `sslmode`. */
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
 * Configures a new session, whatever the defaults of its role and of the server are. Uses statements, because a pooler
 * between Portrait and Postgres may reject such settings in the startup message.
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(`
    SELECT set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
           set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false),
           set_config('idle_in_transaction_session_timeout', '${IDLE_TRANSACTION_TIMEOUT_MS}', false),
           set_config('default_transaction_isolation', 'read committed', false),
           set_config('datestyle', 'ISO', false),
           -- With off, a power failure could lose acknowledged pictures. Every other value is at least as strict as on,
           -- or the operator's choice.
           CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END`);
}
