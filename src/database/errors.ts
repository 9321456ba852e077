/** The database is locked or away; the same call may pass a moment later. */
export class DatabaseBusyError extends Error {
  override name = 'DatabaseBusyError';

  constructor(options?: ErrorOptions) {
    super('The server is busy right now. Please try again in a moment.', options);
  }
}

/** The database is being moved, or was moved: nothing may be changed here. */
export class DatabaseMovedError extends Error {
  override name = 'DatabaseMovedError';

  constructor() {
    super(
      'The pictures are being moved to another place. Until that is done they can be seen, but not changed.',
    );
  }
}

/** The database has no room left on its disk. */
export class DatabaseFullError extends Error {
  override name = 'DatabaseFullError';

  constructor(options?: ErrorOptions) {
    super('The server has no room left. Nothing was changed.', options);
  }
}

/** The server is stopping and has closed the database. Uncommitted writes have no effect. */
export class DatabaseClosedError extends Error {
  override name = 'DatabaseClosedError';

  constructor() {
    super('The server is shutting down. Please try again in a moment.');
  }
}

/** A picture that was to go live is not pending any more: another instance took this one for ended. */
export class PictureNotPendingError extends Error {
  override name = 'PictureNotPendingError';

  constructor() {
    super('The server lost track of this upload. Please try again.');
  }
}

/** Another server, or another move, works on this database already. */
export class DatabaseInUseError extends Error {
  override name = 'DatabaseInUseError';

  constructor(name: string, who = 'Another server', options?: ErrorOptions) {
    super(`${who} is running on the database ${name}.`, options);
  }
}

/** Another server with another database uses this folder. Each would delete the unfinished files of the other. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError';

  constructor(folder: string, options?: ErrorOptions) {
    super(
      `Another server is using the folder ${folder}. Give each server a STORAGE_URL and an UPLOADS_DIR of its own.`,
      options,
    );
  }
}

/** A folder cannot be claimed, for example because its file system has no locks. */
export class FolderUnusableError extends Error {
  override name = 'FolderUnusableError';

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(`The folder ${folder} cannot be locked: ${reason}.`, options);
  }
}

/** The database cannot be used, and waiting for it did not help. */
export class DatabaseUnusableError extends Error {
  override name = 'DatabaseUnusableError';

  /** @param where its address, without user and password. */
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`The database at ${where} cannot be used: ${reason}.`, options);
  }
}
