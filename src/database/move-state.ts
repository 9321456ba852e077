/** Record of a move in a database that takes part in it; see docs/decisions/moving.md. */
export interface Move {
  /** Identifies the move on both sides. */
  readonly id: string;
  readonly side: 'from' | 'to';
  readonly finished: boolean;
  /** Address of the new database, without user and password. Null if the rows stay. */
  readonly database: string | null;
  /** Name of the storage that has the pictures after the move. */
  readonly storage: string;
  /** Sequence of the last picture that was copied and compared. */
  readonly copied: number;
}

/**
 * Returns whether a database accepts writes. During a move, neither side does. After the move, only the new side does.
 * If only the files moved, both sides share the database, and only servers with the new storage can write.
 * @param storage name of the configured storage.
 */
export function isWritable(move: Move | undefined, storage: string | undefined): boolean {
  if (move === undefined) {
    return true;
  }
  return move.finished && (move.side === 'to' || (move.database === null && move.storage === storage));
}
