import { isWritable } from '../database/move-state.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import { MoveUnfinishedError } from './errors.ts';

/**
 * Checks at start-up whether a move affects this server. Logs a warning if the database accepts no writes, because its
 * pictures are being moved or were moved. Rejects with MoveUnfinishedError if a move to this database is unfinished.
 * @param storageName name of the configured storage.
 */
export async function checkMove(
  { database, logger }: Pick<PictureParts, 'database' | 'logger'>,
  storageName: string,
): Promise<void> {
  const move = await database.findMove();
  if (move?.side === 'to' && !move.finished) {
    throw new MoveUnfinishedError();
  }
  if (move !== undefined && !isWritable(move, storageName)) {
    const { finished, database: newDatabase, storage } = move;
    logger.warn(
      { finished, database: newDatabase, storage },
      'The pictures are being moved, or were moved, to another place; rejecting writes',
    );
  }
}
