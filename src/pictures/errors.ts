/** A crop that is not inside the picture. */
export class InvalidCropError extends Error {
  override name = 'InvalidCropError';

  constructor() {
    super(
      'The crop is not inside the picture. Use fractions from 0 to 1, with a width and a height above 0.',
    );
  }
}

/** An argument that breaks a rule that the schema cannot express. */
export class InvalidInputError extends Error {
  override name = 'InvalidInputError';
}

/** The user's trash has no picture to restore. */
export class NothingToRestoreError extends Error {
  override name = 'NothingToRestoreError';

  constructor() {
    super('There is no earlier picture that is still kept. Upload a picture instead.');
  }
}

/** The deletion of a user waits for uploads in progress, or for pictures that an upload could not delete. */
export class UserDeletionUnfinishedError extends Error {
  override name = 'UserDeletionUnfinishedError';

  constructor() {
    super(
      'The user is not shown any more, but an upload in progress still has to end. Try again in a moment.',
    );
  }
}

/** The uploads folder cannot be used, for example because it is missing or read-only. */
export class UploadsUnusableError extends Error {
  override name = 'UploadsUnusableError';

  constructor(directory: string, cause: Error) {
    super(
      `The uploads folder ${directory} cannot be used: ${cause.message}. Check UPLOADS_DIR and the folder's permissions.`,
      { cause },
    );
  }
}
