import type { Viewer } from '../auth/viewer.ts';
import { checkAltText } from './alt-text.ts';
import { InvalidInputError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';

/** Sets the alt text of a user's current picture. Rejects with InvalidInputError. */
export async function describePicture(
  { database }: PictureParts,
  user: Viewer,
  altText: string,
): Promise<void> {
  if (!(await database.setAltText(user, checkAltText(altText)))) {
    throw new InvalidInputError('There is no picture to describe. Upload one first.');
  }
}
