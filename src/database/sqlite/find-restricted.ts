import { and, desc, eq, ne, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { RestrictedRecord } from '../database.ts';
import { toPicture } from '../to-user.ts';
import { toUploadBlock } from '../upload-block.ts';
import type { Drizzle } from './open-sqlite.ts';
import { pictures, users } from './schema.ts';

/** Creates a function that finds the restricted facts of users with one statement, whatever their number. */
export function createFindRestricted(
  db: Drizzle,
): (ids: readonly string[], viewer: string, now: Date) => Map<string, RestrictedRecord> {
  const trashed = alias(pictures, 'trashed');
  const previous = db
    .select({ sequence: trashed.sequence })
    .from(trashed)
    .where(
      and(
        eq(trashed.userId, users.id),
        sql`${trashed.state} = 'trash'`,
        or(eq(trashed.withheld, false), ne(users.id, sql.placeholder('viewer'))),
      ),
    )
    .orderBy(desc(trashed.trashedOrder))
    .limit(1);
  const statement = db
    .select({ user: users, picture: pictures })
    .from(users)
    .leftJoin(pictures, eq(pictures.sequence, sql`(${previous})`))
    .where(sql`${users.id} IN (SELECT value FROM json_each(${sql.placeholder('ids')}))`)
    .prepare();
  return (ids, viewer, now) => {
    const rows = statement.all({ ids: JSON.stringify(ids), viewer });
    return new Map(
      rows.map(({ user, picture }) => [
        user.id,
        { previousPicture: picture && toPicture(picture), uploadBlock: toUploadBlock(user, now) },
      ]),
    );
  };
}
