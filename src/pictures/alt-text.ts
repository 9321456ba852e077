import { InvalidInputError } from './errors.ts';

/** Maximum length in UTF-16 code units, as `maxlength` in HTML counts. */
export const MAX_ALT_TEXT_LENGTH = 500;

/** Trims white space. An empty text marks a decorative picture. Throws InvalidInputError. */
export function checkAltText(altText: string): string {
  const trimmed = altText.trim();
  if (trimmed.length > MAX_ALT_TEXT_LENGTH) {
    throw new InvalidInputError(
      `The altText has ${trimmed.length} characters. Shorten it to at most ${MAX_ALT_TEXT_LENGTH}.`,
    );
  }
  return trimmed;
}
