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

/** The database and the storage cannot be those of one another. */
export class StorageMismatchError extends Error {
  override name = 'StorageMismatchError';

  /** @param fact what stands against it. */
  constructor(fact: string) {
    super(
      `DATABASE_URL and STORAGE_URL do not belong together: ${fact}. Is a volume not mounted? If one of the two is lost for good, move the other away to begin anew.`,
    );
  }
}

/** A move that may not be made, or not now. */
export class MoveRefusedError extends Error {
  override name = 'MoveRefusedError';

  /** @param fact what stands against it. */
  constructor(fact: string) {
    super(`This move is refused: ${fact}.`);
  }
}

/** A database that a move leads into, and that does not hold everything yet. */
export class MoveUnfinishedError extends Error {
  override name = 'MoveUnfinishedError';

  constructor() {
    super(
      'A move into this database is not finished. Run the same `npm run move` again, and start afterwards.',
    );
  }
}

/** What was copied is not what it was copied from. */
export class CopyDiffersError extends Error {
  override name = 'CopyDiffersError';

  constructor(what: string) {
    super(
      `The copy differs from the original: ${what}. Run the move again; if it stays so, see to the new disk or bucket.`,
    );
  }
}
