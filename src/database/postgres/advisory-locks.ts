import { sql } from 'drizzle-orm';

/**
 * Advisory locks belong to a session, and Postgres lets them go when it ends, however it ends. Their keys are
 * 64-bit numbers that all applications on the same database share, so ours were drawn at random.
 */
export const MIGRATION_LOCK = '5720160354712437581';
export const JANITOR_LOCK = '3348871016649912077';

/** Held together by all transactions that change what users have, and alone by whoever says that nobody may. */
export const WRITERS_LOCK = '-2087451623370918413';
/** Held by whoever is moving a database, for as long as that takes. */
export const MOVE_LOCK = '6655290217380142093';

/** The key of the lock that an instance holds while it lives: its name is 64 bits in hexadecimal digits. */
export function instanceLock(instance: string): string {
  return BigInt.asIntN(64, BigInt(`0x${instance}`)).toString();
}

/** The names of those who hold a lock in this database, among them all living instances. */
export const LIVING_INSTANCES = sql`
  SELECT lpad(to_hex(classid::bigint), 8, '0') || lpad(to_hex(objid::bigint), 8, '0') AS instance
  FROM pg_catalog.pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`;
