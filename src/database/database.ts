import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Move } from './move-state.ts';
import type { Outbox } from './outbox.ts';

/**
 * - pending: the upload was accepted. Its files may not exist yet.
 * - live: the user's current picture. Its files are durable.
 * - trash: the picture was replaced or removed. Its files still exist, so it can be restored.
 * - deleting: the files are being deleted. The picture cannot be restored.
 */
export type PictureState = 'pending' | 'live' | 'trash' | 'deleting';

/** Identifies a picture and its files. */
export interface PictureKey {
  /** `pic_` and 32 hexadecimal digits. */
  readonly id: string;
  /** Path relative to the storage. */
  readonly path: string;
}

export interface NewPicture extends PictureKey {
  readonly userId: string;
  /** File name, for display only. */
  readonly fileName: string;
  readonly altText: string | null;
  readonly acceptedAt: Date;
}

/** Properties of a picture that are known after rendering. */
export interface PictureDetails {
  /** Width and height of the upright original, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Edge lengths of the renditions, in pixels, smallest first. */
  readonly sizes: readonly number[];
  /** Tiny preview, as a data URL. */
  readonly placeholder: string;
  /** Dominant color, as `#rrggbb`. */
  readonly dominantColor: string;
}

/** A live picture. */
export interface Picture extends NewPicture, PictureDetails {}

export interface LimiterOptions {
  /** Name of the counted events, for example `uploads`. */
  readonly name: string;
  /** Maximum number of events per key and period. */
  readonly points: number;
  /** Length of the period, in seconds. */
  readonly duration: number;
}

/**
 * Maximum number of pictures in a user's trash. Pictures beyond it leave the trash, oldest first. Users can restore
 * only the last one. The others are there for operators.
 */
export const TRASH_LIMIT = 4;
/**
 * Maximum number of pictures that one write evicts from a user's trash. A trash exceeds {@link TRASH_LIMIT} by more
 * than one picture only if an earlier version filled it.
 */
export const EVICTION_LIMIT = 2;

/** Hashes of an email address that is trimmed and in lower case, as 32 and 64 hexadecimal digits. */
export interface EmailHashes {
  readonly md5: string;
  readonly sha256: string;
}

/** The author of a write, and the user whose picture or permission it changes. */
export interface Writer {
  /** Id of the user whose picture or permission changes. */
  readonly subject: string;
  /** Id of the user who makes the change. Null for the operator. */
  readonly actor: string | null;
  /** Name of the subject. Null if the author does not know it. The stored name then stays. */
  readonly name: string | null;
  /** Hashes of the subject's address. Undefined if the author does not know it. The stored hashes then stay. */
  readonly emailHashes?: EmailHashes | undefined;
}

/** Prevents a user from uploading and restoring pictures. Others can still do that for the user. */
export interface UploadBlock {
  /** Null for a block without an end. */
  readonly until: Date | null;
  /** Sentence for the user. */
  readonly reason: string | null;
}

export interface UserRecord {
  readonly id: string;
  /** Name from the user's last write that had a name. */
  readonly name: string | null;
  readonly picture: Picture | null;
}

/** Facts of a user that only the user and moderators may see. */
export interface RestrictedRecord {
  /** Picture that {@link PictureDatabase.restore} would make live. */
  readonly previousPicture: Picture | null;
  /** Null unless there is a block that has not ended. */
  readonly uploadBlock: UploadBlock | null;
}

/** Properties of a user that determine the user's avatar. */
export interface AvatarRecord {
  /** See {@link UserRecord.name}. */
  readonly name: string | null;
  /** The live picture. */
  readonly picture: Pick<Picture, 'path' | 'sizes'> | null;
}

/** Outcome of a removal. */
export interface Removed {
  /** Id of the picture that was live. Null if there was none. */
  readonly picture: string | null;
  /** Pictures that left the trash. */
  readonly evicted: readonly PictureKey[];
}

/** Outcome of a restoration. */
export interface Restored extends Removed {
  /** Id of the picture that is live now. */
  readonly picture: string;
}

/** Outcome of the first step of a permanent removal. */
export interface DeletionBegun {
  /** Id of the picture that was live. Null if there was none. */
  readonly picture: string | null;
  /** That picture, and the user's earlier pictures whose deletion has not finished. */
  readonly deleting: readonly PictureKey[];
}

/** Outcome of the first step of the deletion of a user. */
export interface UserDeletion {
  /** True if there was a user whose deletion had not begun. */
  readonly isNew: boolean;
  /** The user's pictures, except uploads in progress. The caller deletes the files, then the rows. */
  readonly pictures: readonly PictureKey[];
}

/** Outcome of an upload. */
export interface Settled {
  readonly state: 'live' | 'trash';
  /** Pictures that left the trash. */
  readonly evicted: readonly PictureKey[];
}

/**
 * Stores users and their pictures. Every method is one transaction. All methods reject with DatabaseBusyError while
 * the database is locked or unavailable, and with DatabaseClosedError after {@link close}. Methods that write reject
 * with DatabaseFullError when the disk is full. Methods that change users or pictures reject with DatabaseMovedError
 * while a move forbids writes; see move-state.ts.
 *
 * A user's writes take effect in the order in which they were accepted. If a later write (another upload, a removal
 * or a restoration) has already taken effect when an upload finishes, the upload goes straight to the trash. Each
 * write stores the user's name, if it has one, and the hashes of the user's address, if it has them. An address belongs
 * to one user: a write takes it from others. For a user without a row, writes of others change nothing, except uploads
 * and blocks.
 *
 * A picture that someone else moved to the trash is withheld: its user cannot restore it. The row does not name the
 * other person, so that deleting that person's rows leaves no trace.
 *
 * Each write that moves a picture to the trash enforces {@link TRASH_LIMIT} in the same transaction, and returns the
 * pictures that left the trash (trash -> deleting). The caller deletes their files, then their rows.
 */
export interface PictureDatabase {
  /** Name of this run of the server, unique among all that use the database; see instance.ts. */
  readonly instance: string;

  /** Changes that are waiting for delivery. Undefined if the database records none. */
  readonly outbox: Outbox | undefined;

  /**
   * Claims folders of unfinished files until {@link close}, because {@link findEndedInstances} does not know the
   * instances of other databases. With Postgres, claims nothing, because instances may share folders.
   * Rejects with FolderInUseError if a server of another database has claimed a folder, or with FolderUnusableError.
   */
  claimFolders(folders: readonly string[]): Promise<void>;

  /** Returns which of these instances have ended, as far as the database knows. Never includes this instance. */
  findEndedInstances(instances: readonly string[]): Promise<Set<string>>;

  /** Returns the move that this database takes part in. */
  findMove(): Promise<Move | undefined>;

  /** Blocks a user's uploads, or ends the block if it is null. @returns false if there was nothing to end. */
  setUploadBlock(writer: Writer, block: UploadBlock | null, now: Date): Promise<boolean>;

  /** Returns the block of a user, or null unless there is a block that has not ended. */
  findUploadBlock(userId: string, now: Date): Promise<UploadBlock | null>;

  /** Rejects with DatabaseMovedError if a move forbids writes. */
  checkWritable(): Promise<void>;

  /**
   * Returns the known users among these, with their live pictures, in one query. SQLite returns them without a promise,
   * unless it is busy. Never throws: errors reject.
   */
  findUsers(
    ids: readonly string[],
  ): ReadonlyMap<string, UserRecord> | Promise<ReadonlyMap<string, UserRecord>>;

  /**
   * Returns the restricted facts of the known users among these, in one query.
   * @param viewer the user who would restore the picture.
   */
  findRestricted(
    ids: readonly string[],
    viewer: string,
    now: Date,
  ): Promise<ReadonlyMap<string, RestrictedRecord>>;

  /** Returns the avatar of a user, with one query by key. An unknown user has neither a name nor a picture. */
  findAvatar(userId: string): Promise<AvatarRecord>;

  /** Returns the same without a promise, or undefined: with Postgres always, with SQLite while it is busy or closed. */
  findAvatarNow(userId: string): AvatarRecord | undefined;

  /** Returns the live picture of the user with an address, by one of its hashes. Null if there is no such picture. */
  findPictureByEmail(hash: Partial<EmailHashes>): Promise<AvatarRecord['picture']>;

  /** Returns the number of deletions of users in a user's group (see deletion-group.ts), for {@link accept}. */
  countDeletions(userId: string): Promise<number>;

  /**
   * Inserts an upload of this instance as pending. This determines its place in the order of acceptance.
   * Rejects with
   * PictureExistsError if there is a picture with this id, in any state, and with UserDeletedError if the user was
   * deleted during the upload.
   * @param deletions result of {@link countDeletions} when the upload began. Default: the upload begins now.
   */
  accept(picture: NewPicture, writer: Writer, deletions?: number): Promise<void>;

  /**
   * pending -> live, and the current picture -> trash. If a later write has already taken effect: pending -> trash.
   * Rejects with PictureNotPendingError, with UserDeletedError, or with UploadsBlockedError if the actor is the user and
   * was blocked in the meantime. If it rejects with DatabaseBusyError, it may have taken effect anyway.
   * {@link abandon} returns the outcome.
   * @param actor see {@link Writer}.
   * @param yields true to reject with PictureKeptError instead of replacing a picture. Uploads in progress then replace
   * this picture, even if they were accepted before it. Default: false.
   */
  settle(
    id: string,
    actor: string | null,
    details: PictureDetails,
    now: Date,
    yields?: boolean,
  ): Promise<Settled>;

  /**
   * pending -> deleting. The caller deletes the files, then the row.
   * @returns the picture's state, which no commit in progress can change any more. Null if there is no such picture.
   */
  abandon(id: string): Promise<PictureState | null>;

  /** pending -> deleting, for all uploads of instances that have ended. */
  abandonLeftovers(): Promise<void>;

  /** Returns a picture's state, or null if there is no such picture. */
  stateOf(id: string): Promise<PictureState | null>;

  /** Sets the alt text of the user's live picture. @returns its id, or null if there is none. */
  setAltText(writer: Writer, altText: string): Promise<string | null>;

  /** live -> trash. */
  moveToTrash(writer: Writer, now: Date): Promise<Removed>;

  /** live -> deleting. The caller deletes the files, then the rows. */
  beginDeletion(writer: Writer): Promise<DeletionBegun>;

  /**
   * trash -> live for the picture that entered the user's trash last, and the current picture -> trash. If the actor is
   * the user, ignores withheld pictures, and rejects with UploadsBlockedError if the user is blocked.
   * @returns null if there is nothing to restore.
   */
  restore(writer: Writer, now: Date): Promise<Restored | null>;

  /**
   * Begins to delete a user: erases everything except the ids, and hides all pictures (live or trash -> deleting).
   * Uploads in progress fail, and all writes for the user reject with UserBeingDeletedError until the deletion is
   * finished. The caller deletes the pictures, then calls {@link finishUserDeletions}. Can be called again.
   * Rejects with UserDeletionBlockedError if the actor is the user and is blocked, because the block would end too.
   * @param actor see {@link Writer}.
   */
  beginUserDeletion(userId: string, actor: string | null, now: Date): Promise<UserDeletion>;

  /**
   * Deletes the rows of users whose deletion has begun and who have no pictures left.
   * @param userId only this user. Default: all users.
   * @returns false if some of them still have pictures.
   */
  finishUserDeletions(userId?: string): Promise<boolean>;

  /** trash -> deleting, for at most `limit` pictures that entered the trash before a time. None during a move. */
  beginPurge(trashedBefore: Date, limit: number): Promise<PictureKey[]>;

  /** Deletes the rows of pictures whose files are deleted. Ignores rows that are not `deleting`. */
  deleteRows(ids: readonly string[]): Promise<void>;

  /** Returns all pictures that are `deleting`: their deletion is in progress or was interrupted. */
  findDeleting(): Promise<PictureKey[]>;

  /** Returns which of these paths a row contains. */
  knownPaths(paths: readonly string[]): Promise<Set<string>>;

  /** Yields all pictures whose files must exist, live or in the trash, in batches. */
  storedPictures(): AsyncIterable<PictureKey[]>;

  /**
   * Creates a rate limiter that counts for all instances of the database together. Its `consume` rejects with
   * RateLimiterRes when a key has no points left, and with the errors of any write here.
   */
  openLimiter(options: LimiterOptions): RateLimiterAbstract;

  /** Runs work, unless another instance is running such work right now. @returns whether it ran. */
  exclusively(work: () => Promise<void>): Promise<boolean>;

  /** Prepares for a full disk, if there is room, and renews lost claims. The janitor calls it after each sweep. */
  maintain(): Promise<void>;

  /** Resolves if the database can be used. */
  check(): Promise<void>;

  /** Closes the database. Can be called more than once. */
  close(): Promise<void>;
}
