import type { Size } from '../size.ts';
import type { Orientation } from '../upright/exif-orientation.ts';

/** A matrix in the order of a canvas's `transform`. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Returns the matrix that makes a picture of this size and EXIF orientation upright. */
export function orientationMatrix(orientation: Orientation, { width, height }: Size): Matrix {
  switch (orientation) {
    case 1:
      return [1, 0, 0, 1, 0, 0];
    case 2:
      return [-1, 0, 0, 1, width, 0];
    case 3:
      return [-1, 0, 0, -1, width, height];
    case 4:
      return [1, 0, 0, -1, 0, height];
    case 5:
      return [0, 1, 1, 0, 0, 0];
    case 6:
      return [0, 1, -1, 0, height, 0];
    case 7:
      return [0, -1, -1, 0, height, width];
    case 8:
      return [0, -1, 1, 0, 0, width];
  }
}

/** EXIF orientations that clockwise quarter turns make upright. */
const ORIENTATION_OF_TURN = [1, 6, 3, 8] as const;

/** Returns the matrix that turns a picture of this size clockwise by 90 degrees for each turn. */
export function turnMatrix(turns: 0 | 1 | 2 | 3, size: Size): Matrix {
  return orientationMatrix(ORIENTATION_OF_TURN[turns], size);
}
