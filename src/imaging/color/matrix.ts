import { type Chromaticity, type Primaries, SRGB_PRIMARIES } from './primaries.ts';

export type Vector = readonly [number, number, number];

/** Three rows of three numbers. */
export type Matrix = readonly [Vector, Vector, Vector];

/** XYZ to the response of the eye's cones, for chromatic adaptation by Bradford (ICC.1:2022, annex E). */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];
/** Determinant below which primaries span no area, so that no color can be computed. sRGB has 0.22. */
const MIN_DETERMINANT = 1e-4;

/**
 * Returns the matrix from linear RGB of some primaries to linear sRGB. White becomes white (Bradford).
 * Returns undefined if the chromaticities span no area or have no brightness.
 */
export function matrixToSrgb(primaries: Primaries): Matrix | undefined {
  const toXyz = matrixToXyz(primaries);
  const srgbToXyz = matrixToXyz(SRGB_PRIMARIES);
  const fromXyz = srgbToXyz && invert(srgbToXyz);
  if (toXyz === undefined || fromXyz === undefined) {
    return undefined;
  }
  return multiply(fromXyz, multiply(adaptation(primaries.white, SRGB_PRIMARIES.white), toXyz));
}

/** Returns the matrix from linear RGB to XYZ, in which white has the brightness 1, or undefined. */
export function matrixToXyz({ white, red, green, blue }: Primaries): Matrix | undefined {
  const columns = transpose([directionOf(red), directionOf(green), directionOf(blue)]);
  const inverse = invert(columns);
  if (inverse === undefined || white[1] <= 0) {
    return undefined;
  }
  const scale = apply(inverse, xyzOf(white));
  return transpose(scaleRows(transpose(columns), scale));
}

/** Returns the matrix that adapts XYZ from one white to another. */
function adaptation(from: Chromaticity, to: Chromaticity): Matrix {
  const [before, after] = [apply(BRADFORD, xyzOf(from)), apply(BRADFORD, xyzOf(to))];
  const gains: Vector = [after[0] / before[0], after[1] / before[1], after[2] / before[2]];
  const inverse = invert(BRADFORD) ?? BRADFORD;
  return multiply(inverse, scaleRows(BRADFORD, gains));
}

/** Returns XYZ with x + y + z = 1. It exists even for a primary without brightness. */
function directionOf([x, y]: Chromaticity): Vector {
  return [x, y, 1 - x - y];
}

/** Returns XYZ with the brightness 1. */
function xyzOf([x, y]: Chromaticity): Vector {
  return [x / y, 1, (1 - x - y) / y];
}

/** Multiplies a matrix by a column. */
export function apply([a, b, c]: Matrix, column: Vector): Vector {
  return [dot(a, column), dot(b, column), dot(c, column)];
}

function multiply(left: Matrix, right: Matrix): Matrix {
  const [a, b, c] = transpose(right);
  return transpose([apply(left, a), apply(left, b), apply(left, c)]);
}

function transpose([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function scaleRows([a, b, c]: Matrix, [x, y, z]: Vector): Matrix {
  return [scale(a, x), scale(b, y), scale(c, z)];
}

function scale([x, y, z]: Vector, factor: number): Vector {
  return [x * factor, y * factor, z * factor];
}

function invert([a, b, c]: Matrix): Matrix | undefined {
  const determinant = dot(a, cross(b, c));
  if (!(Math.abs(determinant) >= MIN_DETERMINANT)) {
    return undefined;
  }
  const columns: Matrix = [cross(b, c), cross(c, a), cross(a, b)];
  return transpose([
    scale(columns[0], 1 / determinant),
    scale(columns[1], 1 / determinant),
    scale(columns[2], 1 / determinant),
  ]);
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
