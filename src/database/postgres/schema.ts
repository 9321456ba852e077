import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgSchema,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { ChangeType } from '../change-types.ts';
import type { PictureState } from '../database.ts';
import type { Move } from '../move-state.ts';

/** All tables are in a separate schema, so that they can share a database with those of the host application. */
export const portrait = pgSchema('portrait');

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export const users = portrait.table(
  'users',
  {
    /** The host application's id of the user. */
    id: text('id').primaryKey(),
    name: text('name'),
    /** Sequence of the last write that took effect. Uploads that were accepted before it go to the trash. */
    settledSequence: bigint('settled_sequence', { mode: 'number' }).notNull().default(0),
    /** See {@link EmailHashes}. Both are null, or neither is. */
    emailMd5: text('email_md5'),
    emailSha256: text('email_sha256'),
    /** Time at which uploads were blocked. Null if they are not; see {@link UploadBlock}. */
    blockedAt: instant('blocked_at'),
    /** Null for a block without an end. */
    blockedUntil: instant('blocked_until'),
    blockReason: text('block_reason'),
    /** True while the user's pictures are being deleted. In that time, every write for the user is rejected. */
    deleting: boolean('deleting').notNull().default(false),
  },
  (table) => [
    index('users_deleting').on(table.id).where(sql`${table.deleting}`),
    index('users_email_md5').on(table.emailMd5).where(sql`${table.emailMd5} IS NOT NULL`),
    index('users_email_sha256').on(table.emailSha256).where(sql`${table.emailSha256} IS NOT NULL`),
  ],
);

export const pictures = portrait.table(
  'pictures',
  {
    /** Order of acceptance. Never reused. */
    sequence: bigint('sequence', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: text('id').notNull().unique(),
    // Not a foreign key: to delete a user, Postgres would look for pictures of that user without naming their state. No
    // index below serves that search, so it would read the whole table. Locks on the user's row prevent such pictures.
    userId: text('user_id').notNull(),
    state: text('state').$type<PictureState>().notNull(),
    path: text('path').notNull().unique(),
    fileName: text('file_name').notNull(),
    altText: text('alt_text'),
    acceptedAt: instant('accepted_at').notNull(),
    /** Instance that accepted the upload. Only this instance works on it while it is pending. */
    acceptedBy: text('accepted_by').notNull(),
    width: integer('width'),
    height: integer('height'),
    sizes: integer('sizes').array().$type<readonly number[]>(),
    placeholder: text('placeholder'),
    dominantColor: text('dominant_color'),
    trashedAt: instant('trashed_at'),
    /** Order in which a user's pictures entered the trash. Dates can be equal, and clocks can jump. */
    trashedOrder: integer('trashed_order'),
    /** True if someone else moved the picture to the trash, so its user cannot restore it. */
    withheld: boolean('withheld').notNull().default(false),
  },
  (table) => [
    check('pictures_state', sql`${table.state} IN ('pending', 'live', 'trash', 'deleting')`),
    // Each index for a user's pictures is limited to one state. With an index of all of them, a search for the live
    // picture would scan all of the user's entries.
    uniqueIndex('pictures_one_live_per_user').on(table.userId).where(sql`${table.state} = 'live'`),
    index('pictures_pending').on(table.userId, table.sequence).where(sql`${table.state} = 'pending'`),
    index('pictures_trash').on(table.trashedAt).where(sql`${table.state} = 'trash'`),
    index('pictures_trash_of_user').on(table.userId, table.trashedOrder).where(sql`${table.state} = 'trash'`),
    index('pictures_deleting').on(table.userId).where(sql`${table.state} = 'deleting'`),
  ],
);

/** Counts of users' recent actions. rate-limiter-flexible defines the columns. */
export const counts = portrait.table(
  'counts',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull().default(0),
    /** Unix time in milliseconds. */
    expire: bigint('expire', { mode: 'number' }),
  },
  // Every five minutes, rate-limiter-flexible deletes counts that expired an hour ago. It ignores failures, for example
  // of a scan that took too long.
  (table) => [index('counts_expire').on(table.expire)],
);

/** Number of deleted users in each group of users; see deletion-group.ts. */
export const deletionCounts = portrait.table('deletion_counts', {
  userGroup: integer('user_group').primaryKey(),
  count: integer('count').notNull(),
});

/** The move that this database takes part in. Has at most one row. */
export const moves = portrait.table('moves', {
  id: text('id').primaryKey(),
  side: text('side').$type<Move['side']>().notNull(),
  finished: boolean('finished').notNull(),
  database: text('database'),
  storage: text('storage').notNull(),
  copied: bigint('copied', { mode: 'number' }).notNull(),
});

/** Events that are waiting for delivery; see {@link OutboxEvent}. */
export const outbox = portrait.table(
  'outbox',
  {
    sequence: bigint('sequence', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: text('id').notNull(),
    userId: text('user_id').notNull(),
    type: text('type').$type<ChangeType>().notNull(),
    actor: text('actor'),
    pictureId: text('picture_id'),
    path: text('path'),
    sizes: integer('sizes').array().$type<readonly number[]>(),
    dominantColor: text('dominant_color'),
    altText: text('alt_text'),
    changedAt: instant('changed_at').notNull(),
    failures: integer('failures').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at'),
  },
  (table) => [
    index('outbox_due').on(table.nextAttemptAt).where(sql`${table.nextAttemptAt} IS NOT NULL`),
    index('outbox_of_user').on(table.userId, table.sequence),
  ],
);
