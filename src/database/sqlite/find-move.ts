import type { Move } from '../move.ts';
import type { Drizzle, Transaction } from './open-sqlite.ts';
import { moves } from './schema.ts';

export function findMove(db: Drizzle | Transaction): Move | undefined {
  return db.select().from(moves).get();
}
