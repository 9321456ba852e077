import type { UploadBlock } from '../database/database.ts';
import { UploadsBlockedError } from '../database/errors.ts';
import { type Author, recordChange } from './audit.ts';
import { checkText } from './check-text.ts';
import { InvalidInputError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/** Maximum length of a reason in UTF-16 code units. */
export const MAX_REASON_LENGTH = 500;

type BlockParts = Pick<PictureParts, 'database' | 'logger'>;

/**
 * Prevents a user from uploading and restoring pictures. Replaces an earlier block. Rejects with InvalidInputError if
 * the block would have ended already, or if its reason is too long.
 */
export async function blockUploads(
  { database, logger }: BlockParts,
  author: Author,
  { until, reason }: UploadBlock,
): Promise<void> {
  const now = new Date();
  if (until !== null && until <= now) {
    throw new InvalidInputError(
      'The time in `until` has passed. Use a later time, or omit it for a block without an end.',
    );
  }
  // An empty reason is none.
  const checked = checkText('reason', reason ?? '', MAX_REASON_LENGTH) || null;
  await database.setUploadBlock(author, { until, reason: checked }, now);
  recordChange(logger, author, 'user.upload_block_changed', null);
}

/** Ends the block of a user, if there is one. */
export async function unblockUploads({ database, logger }: BlockParts, author: Author): Promise<void> {
  if (await database.setUploadBlock(author, null, new Date())) {
    recordChange(logger, author, 'user.upload_block_changed', null);
  }
}

/** Rejects with UploadsBlockedError if the author is a blocked user who uploads a picture of their own. */
export async function checkUploadAllowed(
  { database }: Pick<PictureParts, 'database'>,
  { subject, actor }: Author,
): Promise<void> {
  const block = actor === subject ? await database.findUploadBlock(subject, new Date()) : null;
  if (block !== null) {
    throw new UploadsBlockedError(block);
  }
}
