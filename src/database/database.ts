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

export interface UserRecord {
  readonly id: string;
  readonly name: string | null;
  readonly picture: Picture | null;
}

/**
 * Users and their pictures. Every method is one transaction. All of them reject with DatabaseBusyError when the
 * database is locked or away, and those that write with DatabaseFullError when its disk is full.
 *
 * The order of a user's writes is the order in which they were accepted: an upload that finishes after a later
 * accepted write (another upload, a removal, a restoration) goes straight to the trash.
 */
export interface PictureDatabase {
  /** The known ones among these users, with their live pictures; one query. */
  findUsers(ids: readonly string[]): Promise<Map<string, UserRecord>>;

  /** Notes an upload as pending, which gives it its place in the order, and remembers its user's name. */
  accept(picture: NewPicture, userName: string | null): Promise<void>;

  /**
   * pending -> live, and the present picture -> trash; or pending -> trash if a later write came first.
   * Rejects with PictureNotPendingError.
   */
  settle(id: string, details: PictureDetails, now: Date): Promise<'live' | 'trash'>;

  /** Null if there is no such picture. */
  stateOf(id: string): Promise<PictureState | null>;

  /** False if the user has no picture. */
  setAltText(userId: string, altText: string): Promise<boolean>;

  /** live -> trash. */
  moveToTrash(userId: string, now: Date): Promise<void>;

  /** live -> deleting; null if the user has no picture. The caller deletes the files, then the row. */
  beginDeletion(userId: string): Promise<PictureKey | null>;

  /** The last of the user's pictures that came into the trash -> live, and the present one -> trash. False if there is none. */
  restore(userId: string, now: Date): Promise<boolean>;

  /** trash -> deleting for at most `limit` of those that came into the trash before a time. */
  beginPurge(trashedBefore: Date, limit: number): Promise<PictureKey[]>;

  /** Forgets a picture whose files are gone. Does not touch a live one or one in the trash. */
  forget(id: string): Promise<void>;

  /** What is pending (uploads under way, or left by an earlier process), or deleting. */
  findUnfinished(state: 'pending' | 'deleting'): Promise<PictureKey[]>;

  /** Those among these paths that a row names. */
  knownPaths(paths: readonly string[]): Promise<Set<string>>;

  /** All pictures whose files must exist, in portions. */
  storedPictures(): AsyncIterable<PictureKey[]>;

  /** Resolves if the database answers. */
  check(): Promise<void>;

  close(): Promise<void>;
}
