import type { Writer } from '../../src/database/database.ts';

/** Returns a user who writes for themselves. */
export function writerOf(id: string, name: string | null = null): Writer {
  return { subject: id, actor: id, name };
}

/** Users who write in the tests of the database. */
export const ANN: Writer = writerOf('ann', 'Ann');
export const BOB: Writer = writerOf('bob', 'Bob');
export const CID: Writer = writerOf('cid');
export const EVE: Writer = writerOf('eve');
