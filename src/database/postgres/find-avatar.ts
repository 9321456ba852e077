import { and, eq, sql } from 'drizzle-orm';
import { QueryBuilder } from 'drizzle-orm/pg-core';
import type { AvatarRecord } from '../database.ts';
import { toAvatar } from '../to-user.ts';
import type { Drizzle } from './open-pool.ts';
import { PostgresFault } from './postgres-faults.ts';
import { pictures, users } from './schema.ts';
import { isLive } from './states.ts';

type AvatarRow = Parameters<typeof toAvatar>[0];

/** Creates a function that finds the avatar of a user. Each connection prepares the statement once. */
export function createFindAvatar(): (db: Drizzle, userId: string) => Promise<AvatarRecord> {
  const { sql: text } = new QueryBuilder()
    .select({ name: users.name, path: pictures.path, sizes: pictures.sizes })
    .from(users)
    .leftJoin(pictures, and(eq(pictures.userId, users.id), isLive))
    .where(eq(users.id, sql.placeholder('userId')))
    .toSQL();
  return async ({ $client }, userId) => {
    const query = { name: 'find_avatar', text, values: [userId] };
    const { rows } = await $client.query<NonNullable<AvatarRow>>(query).catch((error: Error) => {
      throw new PostgresFault(error);
    });
    return toAvatar(rows[0]);
  };
}
