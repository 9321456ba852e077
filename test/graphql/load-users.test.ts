import { expect, it } from 'vitest';
import type { Context } from '../../src/graphql/context.ts';
import { loadUsers } from '../../src/graphql/load-users.ts';

/** Returns a context whose database records the ids of each query. Its queries fail after a turn. */
function contextWithoutDatabase(queries: (readonly string[])[]): Context {
  const findUsers = async (ids: readonly string[]) => {
    queries.push(ids);
    throw new Error('The database is unavailable.');
  };
  return {
    users: new Map(),
    identity: { viewer: null, reason: '' },
    parts: { database: { findUsers } },
  } as unknown as Context;
}

it('A user who is listed twice is read once, and no rejection stays unhandled', async () => {
  const queries: (readonly string[])[] = [];
  const unhandled: unknown[] = [];
  const onRejection = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onRejection);
  const context = contextWithoutDatabase(queries);
  await expect(loadUsers(context, ['a', 'b', 'a'])).rejects.toThrow('unavailable');
  await expect(loadUsers(context, ['b', 'a'])).rejects.toThrow('unavailable');
  // Node reports unhandled rejections before the next turn of the event loop.
  await new Promise(setImmediate);
  process.off('unhandledRejection', onRejection);
  expect([queries, unhandled]).toEqual([[['a', 'b']], []]);
});
