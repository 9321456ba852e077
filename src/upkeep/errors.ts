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
