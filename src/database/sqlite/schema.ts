import { sql } from 'drizzle-orm';
import { check, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { ChangeType } from '../change-types.ts';
import type { PictureState } from '../database.ts';
import type { Move } from '../move-state.ts';

export const users = sqliteTable(
  'users',
  {
    /** The host application's id of the user. */
    id: text('id').primaryKey(),
    name: text('name'),
    /** Sequence of the last write that took effect. Uploads that were accepted before it go to the trash. */
    settledSequence: integer('settled_sequence').notNull().default(0),
    /** See {@link EmailHashes}. Both are null, or neither is. */
    emailMd5: text('email_md5'),
    emailSha256: text('email_sha256'),
    /** Time at which uploads were blocked. Null if they are not; see {@link UploadBlock}. */
    blockedAt: integer('blocked_at', { mode: 'timestamp_ms' }),
    /** Null for a block without an end. */
    blockedUntil: integer('blocked_until', { mode: 'timestamp_ms' }),
    blockReason: text('block_reason'),
    /** True while the user's pictures are being deleted. In that time, every write for the user is rejected. */
    deleting: integer('deleting', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    index('users_deleting').on(table.deleting).where(sql`${table.deleting} = 1`),
    index('users_email_md5').on(table.emailMd5).where(sql`${table.emailMd5} IS NOT NULL`),
    index('users_email_sha256').on(table.emailSha256).where(sql`${table.emailSha256} IS NOT NULL`),
  ],
);

export const pictures = sqliteTable(
  'pictures',
  {
    /** Order of acceptance. Never reused. */
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    state: text('state').$type<PictureState>().notNull(),
    path: text('path').notNull().unique(),
    fileName: text('file_name').notNull(),
    altText: text('alt_text'),
    acceptedAt: integer('accepted_at', { mode: 'timestamp_ms' }).notNull(),
    width: integer('width'),
    height: integer('height'),
    sizes: text('sizes', { mode: 'json' }).$type<readonly number[]>(),
    placeholder: text('placeholder'),
    dominantColor: text('dominant_color'),
    trashedAt: integer('trashed_at', { mode: 'timestamp_ms' }),
    /** Order in which a user's pictures entered the trash. Dates can be equal, and clocks can jump. */
    trashedOrder: integer('trashed_order'),
    /** True if someone else moved the picture to the trash, so its user cannot restore it. */
    withheld: integer('withheld', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    check('pictures_state', sql`${table.state} IN ('pending', 'live', 'trash', 'deleting')`),
    uniqueIndex('pictures_one_live_per_user').on(table.userId).where(sql`${table.state} = 'live'`),
    index('pictures_of_user').on(table.userId, table.sequence),
    index('pictures_trash').on(table.trashedAt).where(sql`${table.state} = 'trash'`),
    index('pictures_trash_of_user').on(table.userId, table.trashedOrder).where(sql`${table.state} = 'trash'`),
    index('pictures_unfinished').on(table.state).where(sql`${table.state} IN ('pending', 'deleting')`),
  ],
);

/** Number of deleted users in each group of users; see deletion-group.ts. */
export const deletionCounts = sqliteTable('deletion_counts', {
  userGroup: integer('user_group').primaryKey(),
  count: integer('count').notNull(),
});

/** The move that this database takes part in. Has at most one row. */
export const moves = sqliteTable('moves', {
  id: text('id').primaryKey(),
  side: text('side').$type<Move['side']>().notNull(),
  finished: integer('finished', { mode: 'boolean' }).notNull(),
  database: text('database'),
  storage: text('storage').notNull(),
  copied: integer('copied').notNull(),
});

/** Events that are waiting for delivery; see {@link OutboxEvent}. */
export const outbox = sqliteTable(
  'outbox',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    id: text('id').notNull(),
    userId: text('user_id').notNull(),
    type: text('type').$type<ChangeType>().notNull(),
    actor: text('actor'),
    pictureId: text('picture_id'),
    path: text('path'),
    sizes: text('sizes', { mode: 'json' }).$type<readonly number[]>(),
    dominantColor: text('dominant_color'),
    altText: text('alt_text'),
    changedAt: integer('changed_at', { mode: 'timestamp_ms' }).notNull(),
    failures: integer('failures').notNull().default(0),
    nextAttemptAt: integer('next_attempt_at', { mode: 'timestamp_ms' }),
  },
  (table) => [
    index('outbox_due').on(table.nextAttemptAt).where(sql`${table.nextAttemptAt} IS NOT NULL`),
    index('outbox_of_user').on(table.userId, table.sequence),
  ],
);
