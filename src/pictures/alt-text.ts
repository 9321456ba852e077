import { checkText } from './check-text.ts';

/** Maximum length in UTF-16 code units. */
export const MAX_ALT_TEXT_LENGTH = 500;

/** Trims white space. An empty text marks a decorative picture. Throws InvalidInputError. */
export function checkAltText(altText: string): string {
  return checkText('altText', altText, MAX_ALT_TEXT_LENGTH);
}
