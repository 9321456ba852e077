import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { UserRecord } from '../database.ts';
import { createUserMapper, type UserRow, userColumns } from '../user-rows.ts';
import type { Drizzle } from './open-sqlite.ts';
import { pictures, users } from './schema.ts';
import { isLive } from './statements.ts';

/** SQLite stores times as Unix times in milliseconds, and sizes as JSON. */
type StoredUserRow = UserRow<number, string>;

/**
 * Creates a function that finds users by their ids. One user, such as the viewer, takes half the time of a list of one.
 * Both parameters are in subqueries; see find-avatar.ts.
 */
export function createFindUsers(db: Drizzle): (ids: readonly string[]) => ReadonlyMap<string, UserRecord> {
  const prepare = (condition: SQL) => {
    const { sql: text } = db
      .select(userColumns<SQLiteColumn>(users, pictures))
      .from(users)
      .leftJoin(pictures, and(eq(pictures.userId, users.id), isLive))
      .where(condition)
      .toSQL();
    return db.$client.prepare<[string], StoredUserRow>(text).raw();
  };
  const one = prepare(eq(users.id, sql`(SELECT ${sql.placeholder('id')})`));
  // The ids are a JSON array, so one statement serves any number of them.
  const many = prepare(sql`${users.id} IN (SELECT value FROM json_each(${sql.placeholder('ids')}))`);
  const toUsers = createUserMapper<number, string>({
    toDate: (time) => new Date(time),
    toSizes: (json) => JSON.parse(json),
  });
  return (ids) => {
    const [id] = ids;
    if (ids.length > 1 || id === undefined) {
      return toUsers(many.all(JSON.stringify(ids)));
    }
    const row = one.get(id);
    return toUsers(row === undefined ? [] : [row]);
  };
}
