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
import type { PictureState } from '../database.ts';
import type { Move } from '../move-state.ts';

/** All tables lie in a schema of their own, so that they can share a database with the host application's. */
export const portrait = pgSchema('portrait');

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export const users = portrait.table('users', {
  /** The host application's own id. */
  id: text('id').primaryKey(),
  name: text('name'),
  /** The sequence of the last write that took effect; uploads accepted before it come too late. */
  settledSequence: bigint('settled_sequence', { mode: 'number' }).notNull().default(0),
});

export const pictures = portrait.table(
  'pictures',
  {
    /** The order of acceptance; never used twice. */
    sequence: bigint('sequence', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: text('id').notNull().unique(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    state: text('state').$type<PictureState>().notNull(),
    path: text('path').notNull().unique(),
    fileName: text('file_name').notNull(),
    altText: text('alt_text'),
    acceptedAt: moment('accepted_at').notNull(),
    /** The instance that accepted it, and alone works on it while it is pending. */
    acceptedBy: text('accepted_by').notNull(),
    width: integer('width'),
    height: integer('height'),
    sizes: integer('sizes').array().$type<readonly number[]>(),
    placeholder: text('placeholder'),
    dominantColor: text('dominant_color'),
    trashedAt: moment('trashed_at'),
    /** Which of a user's pictures came into the trash last; dates may be equal, and clocks jump. */
    trashedOrder: integer('trashed_order'),
  },
  (table) => [
    check('pictures_state', sql`${table.state} IN ('pending', 'live', 'trash', 'deleting')`),
    // A user's pictures are found by their state too: an index of all of them would be walked from end to end for the
    // one that is live.
    uniqueIndex('pictures_one_live_per_user').on(table.userId).where(sql`${table.state} = 'live'`),
    index('pictures_pending').on(table.userId, table.sequence).where(sql`${table.state} = 'pending'`),
    index('pictures_trash').on(table.trashedAt).where(sql`${table.state} = 'trash'`),
    index('pictures_trash_of_user').on(table.userId, table.trashedOrder).where(sql`${table.state} = 'trash'`),
    index('pictures_deleting').on(table.userId).where(sql`${table.state} = 'deleting'`),
  ],
);

/** What users have done lately, counted by rate-limiter-flexible, whose columns these are. */
export const counts = portrait.table(
  'counts',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull().default(0),
    /** Milliseconds of Unix time. */
    expire: bigint('expire', { mode: 'number' }),
  },
  // It deletes what expired an hour ago every five minutes, and forgets a failure, such as of a walk that took too long.
  (table) => [index('counts_expire').on(table.expire)],
);

/** One row at most: the move that this database takes part in. */
export const moves = portrait.table('moves', {
  id: text('id').primaryKey(),
  side: text('side').$type<Move['side']>().notNull(),
  finished: boolean('finished').notNull(),
  database: text('database'),
  storage: text('storage').notNull(),
  copied: bigint('copied', { mode: 'number' }).notNull(),
});
