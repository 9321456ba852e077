import { and, asc, eq, inArray, notExists, sql } from 'drizzle-orm';
import type { UserDeletion } from '../database.ts';
import { deletionGroupOf } from '../deletion-group.ts';
import { WITHOUT_TEXTS, WITHOUT_USER_DATA } from '../erased-columns.ts';
import { checkDeletionAllowed } from '../upload-block.ts';
import type { Drizzle } from './open-sqlite.ts';
import { deletionCounts, pictures, users } from './schema.ts';

// A literal, not a parameter, because SQLite uses a partial index only if the statement contains its condition.
const isUserDeleting = sql`${users.deleting} = 1`;

/** Statements that delete users; see the methods of {@link PictureDatabase}. They run in an open transaction. */
export function createUserDeletion(db: Drizzle) {
  const count = db
    .select({ count: deletionCounts.count })
    .from(deletionCounts)
    .where(eq(deletionCounts.userGroup, sql.placeholder('userGroup')))
    .prepare();

  return {
    /** Returns whether a user has ever been deleted from this database. */
    wasUsed: (): boolean => db.select().from(deletionCounts).limit(1).get() !== undefined,

    count: (userId: string): number => count.get({ userGroup: deletionGroupOf(userId) })?.count ?? 0,

    begin(userId: string, actor: string | null, now: Date): UserDeletion {
      db.insert(deletionCounts)
        .values({ userGroup: deletionGroupOf(userId), count: 1 })
        .onConflictDoUpdate({
          target: deletionCounts.userGroup,
          set: { count: sql`${deletionCounts.count} + 1` },
        })
        .run();
      const user = db.select().from(users).where(eq(users.id, userId)).get();
      if (user === undefined) {
        return { isNew: false, pictures: [] };
      }
      checkDeletionAllowed({ subject: userId, actor }, user, now);
      const ofUser = eq(pictures.userId, userId);
      db.update(users)
        .set({ ...WITHOUT_USER_DATA, deleting: true })
        .where(eq(users.id, userId))
        .run();
      db.update(pictures).set(WITHOUT_TEXTS).where(ofUser).run();
      db.update(pictures)
        .set({ state: 'deleting' })
        .where(and(ofUser, inArray(pictures.state, ['live', 'trash'])))
        .run();
      const deleting = db
        .select({ id: pictures.id, path: pictures.path })
        .from(pictures)
        .where(and(ofUser, eq(pictures.state, 'deleting')))
        .orderBy(asc(pictures.sequence))
        .all();
      return { isNew: !user.deleting, pictures: deleting };
    },

    finish(userId: string | undefined): boolean {
      const isMarked = and(isUserDeleting, userId === undefined ? undefined : eq(users.id, userId));
      const ofUser = db.select({ id: pictures.id }).from(pictures).where(eq(pictures.userId, users.id));
      db.delete(users)
        .where(and(isMarked, notExists(ofUser)))
        .run();
      return db.select({ id: users.id }).from(users).where(isMarked).limit(1).get() === undefined;
    },
  };
}
