/** CIE 1931 x and y. */
export type Chromaticity = readonly [x: number, y: number];

/** Chromaticities of a color space's white and of its three primaries. */
export interface Primaries {
  readonly white: Chromaticity;
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
}

const D65: Chromaticity = [0.3127, 0.329];
const ILLUMINANT_C: Chromaticity = [0.31, 0.316];
const EQUAL_ENERGY: Chromaticity = [1 / 3, 1 / 3];
const DCI_WHITE: Chromaticity = [0.314, 0.351];

export const SRGB_PRIMARIES = primaries(D65, [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]);
const SMPTE_170M = primaries(D65, [0.63, 0.34], [0.31, 0.595], [0.155, 0.07]);

/** Primaries by their code point `ColourPrimaries`: ITU-T H.273, table 2. */
export const PRIMARIES_BY_CODE: ReadonlyMap<number, Primaries> = new Map([
  [1, SRGB_PRIMARIES],
  [4, primaries(ILLUMINANT_C, [0.67, 0.33], [0.21, 0.71], [0.14, 0.08])],
  [5, primaries(D65, [0.64, 0.33], [0.29, 0.6], [0.15, 0.06])],
  [6, SMPTE_170M],
  [7, SMPTE_170M],
  [8, primaries(ILLUMINANT_C, [0.681, 0.319], [0.243, 0.692], [0.145, 0.049])],
  [9, primaries(D65, [0.708, 0.292], [0.17, 0.797], [0.131, 0.046])],
  [10, primaries(EQUAL_ENERGY, [1, 0], [0, 1], [0, 0])],
  [11, primaries(DCI_WHITE, [0.68, 0.32], [0.265, 0.69], [0.15, 0.06])],
  [12, primaries(D65, [0.68, 0.32], [0.265, 0.69], [0.15, 0.06])],
  [22, primaries(D65, [0.63, 0.34], [0.295, 0.605], [0.155, 0.077])],
]);

function primaries(
  white: Chromaticity,
  red: Chromaticity,
  green: Chromaticity,
  blue: Chromaticity,
): Primaries {
  return { white, red, green, blue };
}
