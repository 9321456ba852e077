import type { NewPicture, PictureDetails } from './database.ts';
import type { Move } from './move-state.ts';

/** A user as the row has it. */
export interface StoredUser {
  readonly id: string;
  readonly name: string | null;
  /** See the schemas. */
  readonly settledSequence: number;
}

/** A picture as the row has it, if its files must exist. */
export interface StoredPicture extends NewPicture, PictureDetails {
  readonly sequence: number;
  readonly state: 'live' | 'trash';
  readonly trashedAt: Date | null;
  readonly trashedOrder: number | null;
}

/** Rows of one batch. */
export const BATCH_SIZE = 500;

/** What of a database lasts, in batches of {@link BATCH_SIZE}. What is under way or being deleted is left out. */
export interface StoredRows {
  /** In the order of their ids. @param after the id of the last one, or an empty text. */
  users(after: string): Promise<StoredUser[]>;
  /** In the order of their sequences. @param after the sequence of the last one, or 0. */
  pictures(after: number): Promise<StoredPicture[]>;
}

/** A database as tools see it that carry its rows elsewhere. Errors are those of {@link PictureDatabase}. */
export interface MovableDatabase extends StoredRows, AsyncDisposable {
  /** Its address, without user and password. */
  readonly name: string;
  /** Keeps other moves away from it until it is closed. Rejects with DatabaseInUseError. */
  claim(): Promise<void>;
  /** Of pictures, those of a higher sequence. */
  count(afterSequence: number): Promise<{ readonly users: number; readonly pictures: number }>;
  /** In any order; those that there are. */
  usersById(ids: readonly string[]): Promise<StoredUser[]>;
  /** Adds rows; those that are there already stay as they are. What is accepted later has a higher sequence. */
  add(users: readonly StoredUser[], pictures: readonly StoredPicture[]): Promise<void>;
  findMove(): Promise<Move | undefined>;
  /** When it resolves, no write is under way that began before. */
  saveMove(move: Move): Promise<void>;
  deleteMove(): Promise<void>;
}
