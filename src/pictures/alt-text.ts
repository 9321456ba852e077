import { InvalidInputError } from './errors.ts';

/** In UTF-16 code units, as `maxlength` of an HTML form counts. */
export const MAX_ALT_TEXT_LENGTH = 500;

/** Without the white space around it; an empty text says that the picture is decoration. Throws InvalidInputError. */
export function checkAltText(altText: string): string {
  const trimmed = altText.trim();
  if (trimmed.length > MAX_ALT_TEXT_LENGTH) {
    throw new InvalidInputError(
      `The altText has ${trimmed.length} characters; at most ${MAX_ALT_TEXT_LENGTH} are accepted.`,
    );
  }
  return trimmed;
}
