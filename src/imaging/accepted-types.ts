/** A kind of picture that Portrait takes. */
export interface AcceptedType {
  readonly mediaType: string;
  /** Lower case, without the dot; the first is the usual one. */
  readonly extensions: readonly [string, ...string[]];
  /** What sharp calls the format in a picture's metadata. */
  readonly format: string;
  /** A lower limit than the general one, for formats whose decoders need more memory and time a pixel. */
  readonly maxPixels?: number;
}

export const ACCEPTED_TYPES: readonly AcceptedType[] = [
  { mediaType: 'image/jpeg', extensions: ['jpg', 'jpeg', 'jpe', 'jfif'], format: 'jpeg' },
  { mediaType: 'image/png', extensions: ['png', 'apng'], format: 'png' },
  { mediaType: 'image/webp', extensions: ['webp'], format: 'webp' },
  { mediaType: 'image/gif', extensions: ['gif'], format: 'gif' },
  { mediaType: 'image/avif', extensions: ['avif'], format: 'heif', maxPixels: 16_000_000 },
];

/** Pixels that a picture of a type may have, where any may have `limit`. */
export function maxPixelsOf(type: AcceptedType, limit: number): number {
  return Math.min(type.maxPixels ?? limit, limit);
}

/** The accepted type with this name, such as `image/png`, or undefined. */
export function acceptedType(mediaType: string): AcceptedType | undefined {
  return ACCEPTED_TYPES.find((type) => type.mediaType === mediaType);
}
