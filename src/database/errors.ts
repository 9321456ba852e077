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

/** A picture that was to go live is not pending any more: someone else has cleared it away. */
export class PictureNotPendingError extends Error {
  override name = 'PictureNotPendingError';

  constructor(id: string) {
    super(`The picture ${id} is not pending.`);
  }
}

/** Another server runs on this database already. */
export class DatabaseInUseError extends Error {
  override name = 'DatabaseInUseError';

  constructor(path: string, options?: ErrorOptions) {
    super(`Another server is running on the database ${path}.`, options);
  }
}
