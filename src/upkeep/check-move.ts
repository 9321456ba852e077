import { isWritable } from '../database/move-state.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import { MoveUnfinishedError } from './errors.ts';

/**
 * For start-up: a database that everything was moved away from can be read, which the log tells; one that a move has
 * not filled yet is of no use. Rejects with MoveUnfinishedError.
 * @param storageName of the storage that is configured.
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
      'Nothing can be changed here: it is being moved, or was moved, to another place',
    );
  }
}
