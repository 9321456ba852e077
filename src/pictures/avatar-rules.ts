import { InvalidInputError } from './errors.ts';

/** Maximum edge length that clients can request, in pixels. */
export const MAX_AVATAR_SIZE = 2048;
/** Maximum UTF-16 code units of a name that clients send for the initials. */
export const MAX_FALLBACK_NAME_LENGTH = 200;

/** Throws InvalidInputError if clients cannot request this edge length. @param size in pixels. Can be NaN. */
export function checkAvatarSize(size: number): void {
  if (!Number.isInteger(size) || size < 1 || size > MAX_AVATAR_SIZE) {
    throw new InvalidInputError(`The size must be between 1 and ${MAX_AVATAR_SIZE} pixels.`);
  }
}

/** Throws InvalidInputError if the name that a client sends for the initials is too long. */
export function checkFallbackName(name: string): void {
  if (name.length > MAX_FALLBACK_NAME_LENGTH) {
    throw new InvalidInputError(
      `The name has more than ${MAX_FALLBACK_NAME_LENGTH} characters. Send the first and the last name only.`,
    );
  }
}
