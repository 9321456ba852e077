import { and, desc, eq, inArray, ne, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { RestrictedRecord } from '../database.ts';
import { toPicture } from '../to-user.ts';
import { toUploadBlock } from '../upload-block.ts';
import { hasNoNul } from './find-users.ts';
import type { Drizzle } from './open-pool.ts';
import { pictures, users } from './schema.ts';

/** Finds the restricted facts of users with one query; see {@link PictureDatabase.findRestricted}. */
export async function findRestricted(
  db: Drizzle,
  ids: readonly string[],
  viewer: string,
  now: Date,
): Promise<Map<string, RestrictedRecord>> {
  const trashed = alias(pictures, 'trashed');
  const previous = db
    .select({ sequence: trashed.sequence })
    .from(trashed)
    .where(
      and(
        eq(trashed.userId, users.id),
        sql`${trashed.state} = 'trash'`,
        or(eq(trashed.withheld, false), ne(users.id, viewer)),
      ),
    )
    .orderBy(desc(trashed.trashedOrder))
    .limit(1);
  const rows = await db
    .select({ user: users, picture: pictures })
    .from(users)
    .leftJoin(pictures, eq(pictures.sequence, sql`(${previous})`))
    .where(inArray(users.id, ids.filter(hasNoNul)));
  return new Map(
    rows.map(({ user, picture }) => [
      user.id,
      { previousPicture: picture && toPicture(picture), uploadBlock: toUploadBlock(user, now) },
    ]),
  );
}
