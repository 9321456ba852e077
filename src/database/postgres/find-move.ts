import { sql } from 'drizzle-orm';
import type { Move } from '../move-state.ts';
import { WRITERS_LOCK } from './advisory-locks.ts';
import type { Drizzle } from './open-pool.ts';
import { moves } from './schema.ts';

export async function findMove(db: Drizzle): Promise<Move | undefined> {
  const [move] = await db.select().from(moves);
  return move;
}

/**
 * At the beginning of a transaction that changes what users have: a move that begins waits for its end.
 * @returns the move that has begun already.
 */
export async function joinWriters(tx: Drizzle): Promise<Move | undefined> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock_shared(${sql.raw(WRITERS_LOCK)})`);
  // A statement of its own: it sees what was committed while the one before it waited.
  return await findMove(tx);
}
