import { sql } from 'drizzle-orm';

/**
 * Keys of advisory locks. Postgres releases an advisory lock when its session ends, however it ends. All applications
 * on a database share the 64-bit keys, so these are random.
 */
export const MIGRATION_LOCK = '5720160354712437581';
export const JANITOR_LOCK = '3348871016649912077';

/**
 * Each transaction that changes users or pictures takes this lock in shared mode. The transaction that records a move
 * takes it in exclusive mode.
 */
export const WRITERS_LOCK = '-2087451623370918413';
/** The command that moves a database holds this lock until it ends. */
export const MOVE_LOCK = '6655290217380142093';

/** Seed of the hash that is the key of a lock for the events of one user in the outbox. */
export const EVENTS_LOCK_SEED = '4471906625508312967';

/** Returns the key of the lock that an instance holds while it runs. Its name is 64 bits in hexadecimal digits. */
export function instanceLockKey(instance: string): string {
  return BigInt.asIntN(64, BigInt(`0x${instance}`)).toString();
}

/** Query for the keys of all advisory locks held in this database, which include the names of all running instances. */
export const RUNNING_INSTANCES = sql`
  SELECT lpad(to_hex(classid::bigint), 8, '0') || lpad(to_hex(objid::bigint), 8, '0') AS instance
  FROM pg_catalog.pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`;
