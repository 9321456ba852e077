import { checkAltText } from './alt-text.ts';
import { type Author, recordChange } from './audit.ts';
import { InvalidInputError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/** Sets the alt text of a user's current picture. Rejects with InvalidInputError. */
export async function describePicture(
  { database, logger }: Pick<PictureParts, 'database' | 'logger'>,
  author: Author,
  altText: string,
): Promise<void> {
  const picture = await database.setAltText(author, checkAltText(altText));
  if (picture === null) {
    throw new InvalidInputError('There is no picture to describe. Upload one first.');
  }
  recordChange(logger, author, 'profile_picture.updated', picture);
}
