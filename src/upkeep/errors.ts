/** The database and the storage cannot belong together. */
export class StorageMismatchError extends Error {
  override name = 'StorageMismatchError';

  /** @param fact the reason, as a clause. */
  constructor(fact: string) {
    super(
      `DATABASE_URL and STORAGE_URL do not belong together: ${fact}. Check both settings, and that all volumes are mounted. If one of the two is lost for good, move the other away and start again.`,
    );
  }
}

/** A move that is not possible, or not possible now. */
export class MoveRefusedError extends Error {
  override name = 'MoveRefusedError';
}

/** The target of a move that has not copied everything yet. */
export class MoveUnfinishedError extends Error {
  override name = 'MoveUnfinishedError';

  constructor() {
    super(
      'A move into this database is not finished. Run the same `npm run move` command again, then start the server.',
    );
  }
}

/** A copy differs from its original. */
export class CopyDiffersError extends Error {
  override name = 'CopyDiffersError';

  constructor(what: string) {
    super(
      `The copy differs from the original: ${what}. Run the move again. If the copy still differs, check the new database, disk or bucket.`,
    );
  }
}

/** A folder or a CSV file that cannot be imported. No picture was imported because of it. */
export class ImportSourceError extends Error {
  override name = 'ImportSourceError';
}

/** A folder cannot hold the export of a user. */
export class ExportRefusedError extends Error {
  override name = 'ExportRefusedError';

  constructor(folder: string) {
    super(`The folder ${folder} has the export of another user. Choose another folder.`);
  }
}
