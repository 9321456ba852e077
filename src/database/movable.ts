import type { NewPicture, PictureDetails } from './database.ts';
import type { Move } from './move-state.ts';
import type { OutboxEvent } from './outbox.ts';

/** Row of a user. */
export interface StoredUser {
  readonly id: string;
  readonly name: string | null;
  /** See schema.ts. */
  readonly settledSequence: number;
  readonly emailMd5: string | null;
  readonly emailSha256: string | null;
  readonly blockedAt: Date | null;
  readonly blockedUntil: Date | null;
  readonly blockReason: string | null;
}

/** Row of a picture whose files must exist. */
export interface StoredPicture extends NewPicture, PictureDetails {
  readonly sequence: number;
  readonly state: 'live' | 'trash';
  readonly trashedAt: Date | null;
  readonly trashedOrder: number | null;
  readonly withheld: boolean;
}

/** Number of deleted users in a group of users; see deletion-group.ts. */
export interface DeletionCount {
  readonly userGroup: number;
  readonly count: number;
}

/** Maximum number of rows in a batch. */
export const BATCH_SIZE = 500;

/**
 * Rows of a database, without users and pictures that are being deleted and without pending pictures, in batches of
 * {@link BATCH_SIZE}.
 */
export interface StoredRows {
  /** Returns users, ordered by id. @param after id of the last user before this batch, or an empty string. */
  users(after: string): Promise<StoredUser[]>;
  /** Returns pictures, ordered by sequence. @param after sequence of the last picture before this batch, or 0. */
  pictures(after: number): Promise<StoredPicture[]>;
  /** Returns the counts of all groups with deleted users, at most 65,536. */
  deletionCounts(): Promise<DeletionCount[]>;
}

/** Events of the outbox, in batches of at most {@link BATCH_SIZE}. */
export interface MovableEvents {
  /** Returns events, ordered by sequence. @param after sequence of the last event before this batch, or 0. */
  events(after: number): Promise<OutboxEvent[]>;
  /** Returns the existing events among these sequences, ordered by sequence. */
  eventsBySequence(sequences: readonly number[]): Promise<OutboxEvent[]>;
  /** Inserts events, at least one, and leaves existing ones unchanged. Later events get higher sequences. */
  addEvents(events: readonly OutboxEvent[]): Promise<void>;
}

/** A database for commands that copy its rows to another one. Rejects with the errors of {@link PictureDatabase}. */
export interface MovableDatabase extends StoredRows, MovableEvents, AsyncDisposable {
  /** Address without user and password. */
  readonly name: string;
  /** Locks out other moves until this database is closed. Rejects with DatabaseInUseError. */
  claim(): Promise<void>;
  /** Counts all users, and the pictures with a higher sequence. */
  count(afterSequence: number): Promise<{ readonly users: number; readonly pictures: number }>;
  /** Returns the existing users among these ids, in any order. */
  usersById(ids: readonly string[]): Promise<StoredUser[]>;
  /** Returns the stored pictures of a user, in the order of acceptance. */
  picturesOf(userId: string): Promise<StoredPicture[]>;
  /** Inserts rows and leaves existing ones unchanged. Pictures that are accepted later get higher sequences. */
  add(users: readonly StoredUser[], pictures: readonly StoredPicture[]): Promise<void>;
  /** Inserts counts of deleted users, and replaces those of the same groups. */
  addDeletionCounts(counts: readonly DeletionCount[]): Promise<void>;
  /** Returns the move that this database takes part in. */
  findMove(): Promise<Move | undefined>;
  /** Records a move. When this resolves, no write that began earlier is still in progress. */
  saveMove(move: Move): Promise<void>;
  deleteMove(): Promise<void>;
}
