/** The database is locked or away; the same call may pass a moment later. */
export class DatabaseBusyError extends Error {
  override name = 'DatabaseBusyError';

  constructor(options?: ErrorOptions) {
    super('The server is busy right now. Please try again in a moment.', options);
  }
}

/** The database has no room left on its disk. */
export class DatabaseFullError extends Error {
  override name = 'DatabaseFullError';

  constructor(options?: ErrorOptions) {
    super('The server has no room left. Nothing was changed.', options);
  }
}

/** A picture that was to go live is not pending any more: another instance took this one for ended. */
export class PictureNotPendingError extends Error {
  override name = 'PictureNotPendingError';

  constructor() {
    super('The server lost track of this upload. Please try again.');
  }
}

/** Another server runs on this database already. */
export class DatabaseInUseError extends Error {
  override name = 'DatabaseInUseError';

  constructor(path: string, options?: ErrorOptions) {
    super(`Another server is running on the database ${path}.`, options);
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
