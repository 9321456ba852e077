import type { Size } from './size.ts';

/**
 * A rectangle in fractions of a picture's width and height, like `CropInput` of the API. It may extend beyond the
 * picture, unlike in the API.
 */
export interface PhotoCrop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Changes to an upright picture. They apply in the order of the properties. */
export interface PhotoEdit {
  /** Clockwise rotations by 90 degrees, an integer of any sign. The default is 0. */
  readonly quarterTurns?: number | undefined;
  /** Whether left and right of the turned picture are swapped. The default is false. */
  readonly mirrored?: boolean | undefined;
  /** The part to keep, in fractions of the turned and mirrored picture. The default is the whole picture. */
  readonly crop?: PhotoCrop | undefined;
  /** CSS color behind and around the picture. The default is transparent. */
  readonly background?: string | undefined;
}

/** Returns the number of clockwise quarter turns, from 0 to 3. */
export function turnsOf({ quarterTurns = 0 }: PhotoEdit): 0 | 1 | 2 | 3 {
  return (((quarterTurns % 4) + 4) % 4) as 0 | 1 | 2 | 3;
}

/** Returns the size of an upright picture after the quarter turns of an edit. */
export function turnedSize({ width, height }: Size, edit: PhotoEdit): Size {
  return turnsOf(edit) % 2 === 0 ? { width, height } : { width: height, height: width };
}
