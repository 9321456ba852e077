import { sql } from 'drizzle-orm';
import type { Move } from '../move-state.ts';
import { WRITERS_LOCK } from './advisory-locks.ts';
import type { Drizzle } from './open-pool.ts';
import { moves } from './schema.ts';

/** Returns the move that the database takes part in. */
export async function findMove(db: Drizzle): Promise<Move | undefined> {
  const [move] = await db.select().from(moves);
  return move;
}

/**
 * Makes a new move wait until this transaction ends. Call it first in each transaction that changes users or pictures.
 * @returns the move that has already begun.
 */
export async function lockForWriting(tx: Drizzle): Promise<Move | undefined> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock_shared(${sql.raw(WRITERS_LOCK)})`);
  // A separate statement sees what was committed while the previous one waited for the lock.
  return await findMove(tx);
}
