import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Move } from './move-state.ts';

/**
 * - pending: accepted; its files may or may not exist yet.
 * - live: the user's present picture; its files are durable.
 * - trash: replaced or removed; its files still exist, it can be restored.
 * - deleting: its files are being deleted; nothing brings it back.
 */
export type PictureState = 'pending' | 'live' | 'trash' | 'deleting';

/** What names a picture's files. */
export interface PictureKey {
  /** `pic_` and 32 hexadecimal digits. */
  readonly id: string;
  /** Relative to the storage. */
  readonly path: string;
}

export interface NewPicture extends PictureKey {
  readonly userId: string;
  /** For display only. */
  readonly fileName: string;
  readonly altText: string | null;
  readonly acceptedAt: Date;
}

/** What is known of a picture only when it has been rendered. */
export interface PictureDetails {
  /** Pixels of the upright original. */
  readonly width: number;
  readonly height: number;
  /** Edge lengths of the renditions, in pixels, smallest first. */
  readonly sizes: readonly number[];
  /** A tiny data URL. */
  readonly placeholder: string;
  /** `#rrggbb`. */
  readonly dominantColor: string;
}

/** A picture that is live. */
export interface Picture extends NewPicture, PictureDetails {}

export interface LimiterOptions {
  /** Of what is counted. */
  readonly name: string;
  /** Of one key within one duration. */
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Maximum number of pictures in one user's trash. Pictures beyond it leave the trash, oldest first. Only the last one can
 * be restored, so the others serve operators alone. With the live picture, a user keeps at most one more than this.
 */
export const TRASH_LIMIT = 4;
/** Maximum number of pictures that one write takes out of a user's trash. More are there only if an earlier version kept them. */
export const EVICTION_LIMIT = 2;

/** Who writes, as the host application knows them. */
export interface Writer {
  readonly id: string;
  readonly name: string | null;
}

export interface UserRecord {
  readonly id: string;
  /** The last that a write of theirs had. */
  readonly name: string | null;
  readonly picture: Picture | null;
}

/** The outcome of an upload. */
export interface Settled {
  readonly state: 'live' | 'trash';
  /** The pictures that left the trash. */
  readonly evicted: readonly PictureKey[];
}

/**
 * Users and their pictures. Every method is one transaction. All methods reject with DatabaseBusyError while the
 * database is locked or unavailable, and with DatabaseClosedError after {@link close}. Methods that write reject with
 * DatabaseFullError when the disk is full. Methods that change users or pictures reject with DatabaseMovedError while a
 * move forbids it; see move-state.ts.
 *
 * The order of a user's writes is the order in which they were accepted: an upload that finishes after a later
 * accepted write (another upload, a removal, a restoration) goes straight to the trash. Each of them remembers its user's name,
 * if there is one.
 *
 * Each write that puts a picture into a user's trash enforces {@link TRASH_LIMIT} in the same transaction
 * (trash -> deleting) and returns the pictures that left the trash. The caller deletes their files, then the rows.
 */
export interface PictureDatabase {
  /** Names this run of the server among all that work on the database; see instance.ts. */
  readonly instance: string;

  /**
   * Claims folders of unfinished files until {@link close}, because {@link findEndedInstances} does not know the instances of
   * another database. Postgres claims nothing, since its instances may share folders.
   * Rejects with FolderInUseError if a server of another database has claimed one, or with FolderUnusableError.
   */
  claimFolders(folders: readonly string[]): Promise<void>;

  /** Those of these instances that have ended, as far as the database can tell; never this one. */
  findEndedInstances(instances: readonly string[]): Promise<Set<string>>;

  /** The move that it takes part in. */
  findMove(): Promise<Move | undefined>;

  /** Rejects with DatabaseMovedError if nothing may be changed. */
  checkWritable(): Promise<void>;

  /** The known ones among these users, with their live pictures; one query. */
  findUsers(ids: readonly string[]): Promise<Map<string, UserRecord>>;

  /** Notes an upload of this instance as pending, which gives it its place in the order. */
  accept(picture: NewPicture, userName: string | null): Promise<void>;

  /**
   * pending -> live, and the present picture -> trash; or pending -> trash if a later write came first.
   * Rejects with PictureNotPendingError. If it rejects with DatabaseBusyError, it may have taken effect all the
   * same; abandon tells.
   */
  settle(id: string, details: PictureDetails, now: Date): Promise<Settled>;

  /**
   * pending -> deleting. The caller deletes the files, then the row.
   * @returns its state from now on, in which no commit that is still under way can change anything; null if there
   * is no such picture.
   */
  abandon(id: string): Promise<PictureState | null>;

  /** pending -> deleting for all uploads of instances that have ended. */
  abandonLeftovers(): Promise<void>;

  /** Null if there is no such picture. */
  stateOf(id: string): Promise<PictureState | null>;

  /** False if the user has no picture. */
  setAltText(user: Writer, altText: string): Promise<boolean>;

  /** live -> trash. @returns the pictures that left the trash. */
  moveToTrash(user: Writer, now: Date): Promise<readonly PictureKey[]>;

  /**
   * live -> deleting. The caller deletes the files, then the rows.
   * @returns that picture, and those of the user whose deletion was begun before and has not ended.
   */
  beginDeletion(user: Writer): Promise<PictureKey[]>;

  /**
   * The last of the user's pictures that came into the trash -> live, and the present one -> trash.
   * @returns the pictures that left the trash to be deleted; null if there is nothing to restore.
   */
  restore(user: Writer, now: Date): Promise<readonly PictureKey[] | null>;

  /** trash -> deleting for at most `limit` of those that came into the trash before a time; none during a move. */
  beginPurge(trashedBefore: Date, limit: number): Promise<PictureKey[]>;

  /** Forgets those of these pictures that are deleting; their files are gone. Does not touch any other. */
  deleteRows(ids: readonly string[]): Promise<void>;

  /** All that are deleting: deletions under way, or not finished by whoever began them. */
  findDeleting(): Promise<PictureKey[]>;

  /** Those among these paths that a row names. */
  knownPaths(paths: readonly string[]): Promise<Set<string>>;

  /** All pictures whose files must exist, in batches. */
  storedPictures(): AsyncIterable<PictureKey[]>;

  /**
   * Counts for all instances that work on the database. Its `consume` rejects with RateLimiterRes when nothing is left
   * of a key, and with the errors of every write here.
   */
  openLimiter(options: LimiterOptions): RateLimiterAbstract;

  /** Runs this work unless another instance runs such work right now. @returns whether it ran. */
  exclusively(work: () => Promise<void>): Promise<boolean>;

  /** Prepares for a full disk, as far as there is room, and renews lost claims. The janitor calls it with each sweep. */
  maintain(): Promise<void>;

  /** Resolves if the database answers. */
  check(): Promise<void>;

  /** Can be called more than once. */
  close(): Promise<void>;
}
