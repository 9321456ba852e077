import { and, asc, eq, getTableColumns, ne, notExists, sql } from 'drizzle-orm';
import type { UserDeletion } from '../database.ts';
import { deletionGroupOf } from '../deletion-group.ts';
import { WITHOUT_TEXTS, WITHOUT_USER_DATA } from '../erased-columns.ts';
import { checkDeletionAllowed } from '../upload-block.ts';
import { RUNNING_INSTANCES } from './advisory-locks.ts';
import type { Drizzle } from './open-pool.ts';
import { deletionCounts, pictures, users } from './schema.ts';
import { isDeleting, isLive, isPending, isTrash } from './states.ts';

/** Returns the number of deleted users in a user's group. */
export async function countDeletions(db: Drizzle, userId: string): Promise<number> {
  const [row] = await db
    .select({ count: deletionCounts.count })
    .from(deletionCounts)
    .where(eq(deletionCounts.userGroup, deletionGroupOf(userId)));
  return row?.count ?? 0;
}

/** Begins to delete a user, in an open transaction of an instance; see {@link PictureDatabase.beginUserDeletion}. */
export async function beginUserDeletion(
  tx: Drizzle,
  { userId, actor, now, instance }: { userId: string; actor: string | null; now: Date; instance: string },
): Promise<UserDeletion> {
  // Locks the row, even that of an unknown user: an upload that inserts the same row at this moment waits for the
  // commit, and then sees the new count. Only a new row has no `xmax`.
  const [user] = await tx
    .insert(users)
    .values({ id: userId })
    .onConflictDoUpdate({ target: users.id, set: { deleting: sql`${users.deleting}` } })
    .returning({ ...getTableColumns(users), isUnknown: sql<boolean>`xmax = 0` });
  await tx
    .insert(deletionCounts)
    .values({ userGroup: deletionGroupOf(userId), count: 1 })
    .onConflictDoUpdate({
      target: deletionCounts.userGroup,
      set: { count: sql`${deletionCounts.count} + 1` },
    });
  if (user === undefined || user.isUnknown) {
    await tx.delete(users).where(eq(users.id, userId));
    return { isNew: false, pictures: [] };
  }
  checkDeletionAllowed({ subject: userId, actor }, user, now);
  await tx
    .update(users)
    .set({ ...WITHOUT_USER_DATA, deleting: true })
    .where(eq(users.id, userId));
  const ofUser = eq(pictures.userId, userId);
  const hasEnded = and(
    ne(pictures.acceptedBy, instance),
    sql`${pictures.acceptedBy} NOT IN (${RUNNING_INSTANCES})`,
  );
  await tx
    .update(pictures)
    .set({ ...WITHOUT_TEXTS, state: 'deleting' })
    .where(and(ofUser, isPending, hasEnded));
  await tx.update(pictures).set(WITHOUT_TEXTS).where(and(ofUser, isPending));
  for (const state of [isLive, isTrash, isDeleting]) {
    await tx
      .update(pictures)
      .set({ ...WITHOUT_TEXTS, state: 'deleting' })
      .where(and(ofUser, state));
  }
  const deleting = await tx
    .select({ id: pictures.id, path: pictures.path })
    .from(pictures)
    .where(and(ofUser, isDeleting))
    .orderBy(asc(pictures.sequence));
  return { isNew: !user.deleting, pictures: deleting };
}

/** Deletes the rows of users in an open transaction; see {@link PictureDatabase.finishUserDeletions}. */
export async function finishUserDeletions(tx: Drizzle, userId: string | undefined): Promise<boolean> {
  const isMarked = and(users.deleting, userId === undefined ? undefined : eq(users.id, userId));
  const ofUser = (state: typeof isPending) =>
    tx
      .select({ id: pictures.id })
      .from(pictures)
      .where(and(eq(pictures.userId, users.id), state));
  // A user who is being deleted has no live pictures and no trash.
  await tx.delete(users).where(and(isMarked, notExists(ofUser(isPending)), notExists(ofUser(isDeleting))));
  const [unfinished] = await tx.select({ id: users.id }).from(users).where(isMarked).limit(1);
  return unfinished === undefined;
}
