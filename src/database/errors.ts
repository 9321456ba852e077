import type { UploadBlock } from './database.ts';

/** The database is locked or unavailable. The same call may succeed a moment later. */
export class DatabaseBusyError extends Error {
  override name = 'DatabaseBusyError';

  constructor(options?: ErrorOptions) {
    super('The server is busy. Try again in a moment.', options);
  }
}

/** The database is being moved, or was moved, and accepts no writes. */
export class DatabaseMovedError extends Error {
  override name = 'DatabaseMovedError';

  constructor() {
    super('Pictures cannot be changed right now, because they are being moved. Try again later.');
  }
}

/** The database has no space left on its disk. */
export class DatabaseFullError extends Error {
  override name = 'DatabaseFullError';

  constructor(options?: ErrorOptions) {
    super('The server has no space left. Nothing was changed. Try again later.', options);
  }
}

/** The server is stopping and has closed the database. Uncommitted writes have no effect. */
export class DatabaseClosedError extends Error {
  override name = 'DatabaseClosedError';

  constructor() {
    super('The server is shutting down. Try again in a moment.');
  }
}

/** An upload that was about to go live is not pending any more, because another instance considered this one ended. */
export class PictureNotPendingError extends Error {
  override name = 'PictureNotPendingError';

  constructor() {
    super('The server lost track of this upload. Send it again.');
  }
}

/** The user's uploads are blocked. */
export class UploadsBlockedError extends Error {
  override name = 'UploadsBlockedError';
  /** End of the block. Null if it has no end. */
  readonly until: Date | null;
  /** Sentence of the moderator for the user. */
  readonly reason: string | null;

  constructor({ until, reason }: UploadBlock) {
    const sentences = [
      until === null
        ? 'You cannot upload or restore pictures.'
        : `You cannot upload or restore pictures until ${until.toISOString()}.`,
      'To change this, contact the moderators of this site.',
      // Last, because it may not end with a period.
      ...(reason === null ? [] : [`Reason: ${reason}`]),
    ];
    super(sentences.join(' '));
    this.until = until;
    this.reason = reason;
  }
}

/** A blocked user asks for the deletion of their own data. The block would end with it. */
export class UserDeletionBlockedError extends UploadsBlockedError {
  override name = 'UserDeletionBlockedError';

  constructor(block: UploadBlock) {
    super(block);
    this.message =
      'You cannot delete your data here while your uploads are blocked. Contact the moderators of this site.';
  }
}

/** The user, or very rarely another user of the same group, was deleted during the upload; see deletion-group.ts. */
export class UserDeletedError extends Error {
  override name = 'UserDeletedError';

  constructor() {
    super(
      'The upload was interrupted by the deletion of a user. If your account still exists, upload the picture again.',
    );
  }
}

/** The deletion of the user has begun and is not finished, for example because the storage is unavailable. */
export class UserBeingDeletedError extends Error {
  override name = 'UserBeingDeletedError';

  constructor() {
    super('The user is being deleted. Try again in a moment.');
  }
}

/** Another server, or another move, is already using this database. */
export class DatabaseInUseError extends Error {
  override name = 'DatabaseInUseError';

  constructor(name: string, user = 'Another server', options?: ErrorOptions) {
    super(
      `${user} is using the database ${name}. Wait until it has ended, or use another database.`,
      options,
    );
  }
}

/** A server with another database is using this folder. Each would delete the unfinished files of the other. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError';

  constructor(folder: string, options?: ErrorOptions) {
    super(
      `Another server is using the folder ${folder}. Give each server its own STORAGE_URL and UPLOADS_DIR.`,
      options,
    );
  }
}

/** A folder cannot be claimed, for example because its file system does not support locks. */
export class FolderUnusableError extends Error {
  override name = 'FolderUnusableError';

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(
      `The folder ${folder} cannot be locked: ${reason}. Check its permissions, and use a local disk.`,
      options,
    );
  }
}

/** The database cannot be used, and waiting does not help. */
export class DatabaseUnusableError extends Error {
  override name = 'DatabaseUnusableError';

  /** @param address without user and password. */
  constructor(address: string, reason: string, options?: ErrorOptions) {
    super(`The database at ${address} cannot be used: ${reason}.`, options);
  }
}

/** The user already has a picture, which an import may not replace. */
export class PictureKeptError extends Error {
  override name = 'PictureKeptError';

  constructor() {
    super('The user has another picture. To replace it, use --replace.');
  }
}

/** The database already has a picture with this id, which another process is importing or deleting. */
export class PictureExistsError extends Error {
  override name = 'PictureExistsError';

  constructor() {
    super('Another process is importing or deleting this picture. Import it again later.');
  }
}
