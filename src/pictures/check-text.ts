import { InvalidInputError } from './errors.ts';

/**
 * Trims white space. Throws InvalidInputError if the text is too long.
 * @param argument name of the argument, for the error message.
 * @param maxLength in UTF-16 code units, as `maxlength` in HTML counts.
 */
export function checkText(argument: string, text: string, maxLength: number): string {
  const trimmed = text.trim();
  if (trimmed.length > maxLength) {
    throw new InvalidInputError(
      `The ${argument} has ${trimmed.length} characters. Shorten it to at most ${maxLength}.`,
    );
  }
  return trimmed;
}
