import { readAvifCodePoints } from '../containers/avif-color.ts';
import { readIccCodePoints } from '../containers/icc-code-points.ts';
import { isApplicableProfile } from '../containers/icc-profile.ts';
import { type PngColor, readPngColor } from '../containers/png-color.ts';
import { areKnown, type CodePoints, type ColorSpace, colorSpaceOf, gammaSpace, SRGB } from './color-space.ts';
import { type Primaries, PRIMARIES_BY_CODE, SRGB_PRIMARIES } from './primaries.ts';
import { TRANSFERS_BY_CODE } from './transfers.ts';

/** The declaration that decides a picture's colors. */
export interface DeclaredColor {
  /** True if the decoder must ignore the color profile, because there is none or because it does not decide. */
  readonly ignoreProfile: boolean;
  /** Color space of the pixels if the decoder ignores the profile or cannot apply it. Undefined for sRGB. */
  readonly space: ColorSpace | undefined;
}

/** Exponent of `gAMA` that stands for the curve of sRGB: PNG specification, third edition, 11.3.2.5. */
const SRGB_GAMMA = 0.45455;
/** Relative difference of gamma below which Chromium and libpng (PNG_GAMMA_THRESHOLD) correct nothing. */
const GAMMA_THRESHOLD = 0.05;
/** Difference of chromaticities that rounding explains, so that the primaries are those of sRGB. */
const CHROMATICITY_TOLERANCE = 0.002;
/**
 * Transfer functions of video. In an AVIF, Chromium replaces them with the curve of sRGB, except 11, which it rejects.
 */
const VIDEO_TRANSFERS = new Set([1, 6, 11, 14, 15]);

/**
 * Finds the declaration that decides the colors of a picture. The order is that of the PNG specification, third
 * edition, 4.3, and for AVIF that of Chromium: a color profile precedes code points. Ignores declarations that are
 * damaged, unknown or contradictory.
 * @param format sharp's name of the format.
 */
export function readDeclaredColor(
  picture: Buffer,
  format: string,
  profile: Buffer | undefined,
): DeclaredColor {
  const applicable = profile !== undefined && isApplicableProfile(profile) ? profile : undefined;
  if (format === 'png') {
    return readPng(readPngColor(picture), applicable);
  }
  const inProfile = applicable && known(readIccCodePoints(applicable));
  if (inProfile !== undefined) {
    return { ignoreProfile: true, space: colorSpaceOf(inProfile) };
  }
  const codePoints = format === 'heif' ? readAvifCodePoints(picture) : undefined;
  return {
    ignoreProfile: applicable === undefined,
    space: codePoints && colorSpaceOf(inAvif(codePoints)),
  };
}

function readPng(color: PngColor, profile: Buffer | undefined): DeclaredColor {
  const codePoints = known(color.codePoints) ?? (profile && known(readIccCodePoints(profile)));
  if (codePoints !== undefined) {
    return { ignoreProfile: true, space: colorSpaceOf(codePoints) };
  }
  return { ignoreProfile: profile === undefined, space: color.hasSrgb ? undefined : gammaSpaceOf(color) };
}

function known(codePoints: CodePoints | undefined): CodePoints | undefined {
  return codePoints && areKnown(codePoints) ? codePoints : undefined;
}

/** Replaces unknown and unspecified code points with those of sRGB, the default of MIAF (ISO/IEC 23000-22, 7.3.6.4). */
function inAvif({ primaries, transfer }: CodePoints): CodePoints {
  const isUsual = TRANSFERS_BY_CODE.has(transfer) && !VIDEO_TRANSFERS.has(transfer);
  return {
    primaries: PRIMARIES_BY_CODE.has(primaries) ? primaries : SRGB.primaries,
    transfer: isUsual ? transfer : SRGB.transfer,
  };
}

/** Returns the color space of `gAMA` and `cHRM`. Like Chromium, ignores `cHRM` without `gAMA`. */
function gammaSpaceOf({ gamma, primaries = SRGB_PRIMARIES }: PngColor): ColorSpace | undefined {
  if (gamma === undefined) {
    return undefined;
  }
  const isSrgbCurve = Math.abs(gamma / SRGB_GAMMA - 1) < GAMMA_THRESHOLD;
  return isSrgbCurve && areNearSrgb(primaries) ? undefined : gammaSpace(1 / gamma, primaries);
}

function areNearSrgb(primaries: Primaries): boolean {
  return (['white', 'red', 'green', 'blue'] as const).every((name) =>
    primaries[name].every(
      (value, axis) => Math.abs(value - (SRGB_PRIMARIES[name][axis] ?? 0)) <= CHROMATICITY_TOLERANCE,
    ),
  );
}
