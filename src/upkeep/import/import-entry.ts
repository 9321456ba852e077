/** A picture to import, as the operator's folder or CSV file names it. Nothing of it has been checked. */
export interface ImportEntry {
  /** The file as the source names it. */
  readonly file: string;
  /** Line of the CSV file on which the entry ends. Undefined in a folder. */
  readonly line: number | undefined;
  /** Absolute path of the file. */
  readonly path: string;
  /** The host application's id of the user. Null if the file name does not encode one. */
  readonly userId: string | null;
  /** Why there is no user id, as a sentence and advice. Undefined if there is one. */
  readonly fault?: string;
  readonly name: string | null;
  readonly altText: string | undefined;
}

/** A folder or a CSV file with pictures to import. */
export interface ImportSource {
  /** Number of entries when the source was opened. */
  readonly total: number;
  /** Yields the entries one at a time. Rejects with ImportSourceError. */
  entries(): AsyncIterable<ImportEntry>;
}
