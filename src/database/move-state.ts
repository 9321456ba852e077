/** What a database remembers of a move that it takes part in; see docs/decisions/moving.md. */
export interface Move {
  /** The same on both sides. */
  readonly id: string;
  readonly side: 'from' | 'to';
  readonly finished: boolean;
  /** Where the rows go, without user and password; null if they stay. */
  readonly database: string | null;
  /** Name of the storage in which the pictures lie afterwards. */
  readonly storage: string;
  /** Sequence of the last picture that was copied and compared. */
  readonly copied: number;
}

/**
 * Whether users may change something in a database. Neither side may be changed while it is being moved; afterwards
 * the one that was left stays as it is. If the rows stayed, whoever has the pictures at their new place goes on.
 * @param storage name of the storage that is in use.
 */
export function isWritable(move: Move | undefined, storage: string | undefined): boolean {
  if (move === undefined) {
    return true;
  }
  return move.finished && (move.side === 'to' || (move.database === null && move.storage === storage));
}
