import { and, eq, sql } from 'drizzle-orm';
import { type PgColumn, QueryBuilder } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { UserRecord } from '../database.ts';
import { createUserMapper, type UserRow, userColumns } from '../user-rows.ts';
import type { Drizzle } from './open-pool.ts';
import { PostgresFault } from './postgres-faults.ts';
import { pictures, users } from './schema.ts';
import { isLive } from './states.ts';

/** Times and arrays are texts, because equal arrays are converted only once. */
type StoredUserRow = UserRow<string, string>;

/** Object identifier of the type `integer[]` in Postgres's catalog. */
const INTEGER_ARRAY: number = 1007;

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (type) => (type === pg.types.builtins.INT4 ? Number : (text: string) => text),
};

/**
 * Creates a function that finds users by their ids. Each connection prepares the statement once. One statement serves
 * any number of ids, because they are one array. When Postgres analyzes the tables, it plans the statement again.
 */
export function createFindUsers(): (
  db: Drizzle,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, UserRecord>> {
  const { sql: text } = new QueryBuilder()
    .select(userColumns<PgColumn>(users, pictures))
    .from(users)
    .leftJoin(pictures, and(eq(pictures.userId, users.id), isLive))
    .where(sql`${users.id} = ANY(${sql.placeholder('ids')})`)
    .toSQL();
  const statement = { name: 'find_users', text, rowMode: 'array' as const, types: TYPES };
  const toUsers = createUserMapper<string, string>({
    toDate: (time) => new Date(time),
    toSizes: pg.types.getTypeParser(INTEGER_ARRAY, 'text'),
  });
  return async ({ $client }, ids) => {
    const values = [ids.filter(hasNoNul)];
    const { rows } = await $client.query<StoredUserRow>({ ...statement, values }).catch((error: Error) => {
      throw new PostgresFault(error);
    });
    return toUsers(rows);
  };
}

/** Returns whether Postgres can store a text. No stored id contains a NUL. */
export function hasNoNul(text: string): boolean {
  return !text.includes('\0');
}
