import type { Writer } from '../../src/database/database.ts';

/** Users who write in the tests of the database. */
export const ANN: Writer = { id: 'ann', name: 'Ann' };
export const BOB: Writer = { id: 'bob', name: 'Bob' };
export const CID: Writer = { id: 'cid', name: null };
export const EVE: Writer = { id: 'eve', name: null };
