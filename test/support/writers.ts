import type { Writer } from '../../src/database/database.ts';

/** Users that tests of the database have write. */
export const ANN: Writer = { id: 'ann', name: 'Ann' };
export const BOB: Writer = { id: 'bob', name: 'Bob' };
export const CID: Writer = { id: 'cid', name: null };
export const EVE: Writer = { id: 'eve', name: null };
