/** A crop that does not lie inside the picture. */
export class InvalidCropError extends Error {
  override name = 'InvalidCropError';

  constructor() {
    super('The crop must lie inside the picture: fractions from 0 to 1, with a width and a height above 0.');
  }
}

/** A text or number of the client's that breaks a rule which the schema cannot express. */
export class InvalidInputError extends Error {
  override name = 'InvalidInputError';
}

/** There is no replaced or removed picture that is still kept. */
export class NothingToRestoreError extends Error {
  override name = 'NothingToRestoreError';

  constructor() {
    super('There is no earlier picture to bring back.');
  }
}

/** The folder that files are received in cannot be used: not writable, not there. */
export class UploadsUnusableError extends Error {
  override name = 'UploadsUnusableError';

  constructor(directory: string, cause: Error) {
    super(`The folder for uploads ${directory} cannot be used: ${cause.message}.`, { cause });
  }
}
