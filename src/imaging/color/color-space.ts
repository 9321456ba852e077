import { type Matrix, matrixToSrgb, matrixToXyz, type Vector } from './matrix.ts';
import { type Primaries, PRIMARIES_BY_CODE, SRGB_PRIMARIES } from './primaries.ts';
import { gamma, HLG, PQ, type Transfer, TRANSFERS_BY_CODE } from './transfers.ts';

/** Code points of a color space: ITU-T H.273. PNG calls them `cICP`, and ISO/IEC 14496-12 calls them `nclx`. */
export interface CodePoints {
  readonly primaries: number;
  readonly transfer: number;
}

/** A color space whose colors Portrait can convert to sRGB. */
export interface ColorSpace {
  /** For HDR, 1 is reference white, or the brightest light of an HLG scene. */
  readonly toLinear: Transfer;
  readonly toSrgb: Matrix;
  /** Share of each channel in the luminance. The shares add up to 1. */
  readonly luminance: Vector;
  readonly hdr?: 'pq' | 'hlg';
}

/** Code points of sRGB. */
export const SRGB: CodePoints = { primaries: 1, transfer: 13 };

/** Returns whether both code points have a definition that Portrait knows. */
export function areKnown({ primaries, transfer }: CodePoints): boolean {
  return PRIMARIES_BY_CODE.has(primaries) && TRANSFERS_BY_CODE.has(transfer);
}

/** Returns the color space of known code points. Returns undefined for sRGB, which needs no conversion. */
export function colorSpaceOf({ primaries, transfer }: CodePoints): ColorSpace | undefined {
  const chromaticities = PRIMARIES_BY_CODE.get(primaries);
  const toLinear = TRANSFERS_BY_CODE.get(transfer);
  const isSrgb = primaries === SRGB.primaries && transfer === SRGB.transfer;
  if (chromaticities === undefined || toLinear === undefined || isSrgb) {
    return undefined;
  }
  const space = makeSpace(chromaticities, toLinear);
  if (space === undefined || (transfer !== PQ && transfer !== HLG)) {
    return space;
  }
  return { ...space, hdr: transfer === PQ ? 'pq' : 'hlg' };
}

/** Returns a color space with a pure power curve, or undefined if its primaries are impossible. */
export function gammaSpace(exponent: number, primaries: Primaries = SRGB_PRIMARIES): ColorSpace | undefined {
  return makeSpace(primaries, gamma(exponent));
}

function makeSpace(primaries: Primaries, toLinear: Transfer): ColorSpace | undefined {
  const toSrgb = matrixToSrgb(primaries);
  const toXyz = matrixToXyz(primaries);
  return toSrgb && toXyz && { toLinear, toSrgb, luminance: toXyz[1] };
}
