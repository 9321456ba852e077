import type { UploadBlock, Writer } from './database.ts';
import { UploadsBlockedError, UserDeletionBlockedError } from './errors.ts';

/** Columns of a user that describe the block of uploads. */
export interface BlockColumns {
  /** Null if uploads are not blocked. */
  readonly blockedAt: Date | null;
  readonly blockedUntil: Date | null;
  readonly blockReason: string | null;
}

/** Converts a row of either database. @returns null unless there is a block that has not ended. */
export function toUploadBlock(row: BlockColumns | undefined, now: Date): UploadBlock | null {
  if (row === undefined || row.blockedAt === null) {
    return null;
  }
  const { blockedUntil: until, blockReason: reason } = row;
  return until !== null && until <= now ? null : { until, reason };
}

/** Returns the columns of a block. @param block null for none. */
export function blockColumns(block: UploadBlock | null, now: Date): BlockColumns {
  return block === null
    ? { blockedAt: null, blockedUntil: null, blockReason: null }
    : { blockedAt: now, blockedUntil: block.until, blockReason: block.reason };
}

/** Throws UploadsBlockedError if the user of this row is blocked and makes the change. */
export function checkNotBlocked(
  { subject, actor }: Pick<Writer, 'subject' | 'actor'>,
  row: BlockColumns | undefined,
  now: Date,
): void {
  const block = actor === subject ? toUploadBlock(row, now) : null;
  if (block !== null) {
    throw new UploadsBlockedError(block);
  }
}

/** Throws UserDeletionBlockedError if the user of this row is blocked and is the actor of the deletion. */
export function checkDeletionAllowed(
  { subject, actor }: Pick<Writer, 'subject' | 'actor'>,
  row: BlockColumns | undefined,
  now: Date,
): void {
  const block = actor === subject ? toUploadBlock(row, now) : null;
  if (block !== null) {
    throw new UserDeletionBlockedError(block);
  }
}
