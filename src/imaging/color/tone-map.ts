import { PEAK_NITS, REFERENCE_WHITE_NITS } from './luminance.ts';
import type { Vector } from './matrix.ts';
import { nitsToPq, pqToNits } from './pq.ts';

/** Exponent that HLG applies to the light of a scene, for a display of 1000 nits: ITU-R BT.2100, table 5. */
const HLG_SYSTEM_GAMMA = 1.2;

/**
 * Converts the light of a scene to the light of a display of 1000 nits, relative to reference white: HLG's OOTF, ITU-R
 * BT.2100, table 5.
 * @param weights share of each channel in the luminance. The shares add up to 1.
 */
export function displayHlg([red, green, blue]: Vector, weights: Vector): Vector {
  const luminance = weights[0] * red + weights[1] * green + weights[2] * blue;
  const gain = (PEAK_NITS / REFERENCE_WHITE_NITS) * Math.max(luminance, 0) ** (HLG_SYSTEM_GAMMA - 1);
  return [red * gain, green * gain, blue * gain];
}

/**
 * Compresses the highlights of a picture in place, so that its brightest channel becomes white. Keeps the hue of each
 * pixel. The curve is the EETF of ITU-R BT.2390-11, 5.4, without its lift of black. It leaves a picture that is nowhere
 * brighter than reference white unchanged.
 * @param light linear light of pixels relative to reference white, three numbers for each pixel.
 */
export function compressHighlights(light: Float32Array): void {
  const brightest = light.reduce((most, value) => Math.max(most, value), 0);
  const peak = nitsToPq(Math.min(brightest * REFERENCE_WHITE_NITS, PEAK_NITS));
  const white = nitsToPq(REFERENCE_WHITE_NITS) / peak;
  if (white >= 1) {
    return;
  }
  const knee = 1.5 * white - 0.5;
  const kneeLight = pqToNits(knee * peak) / REFERENCE_WHITE_NITS;
  for (let offset = 0; offset < light.length; offset += 3) {
    const most = Math.max(light[offset] ?? 0, light[offset + 1] ?? 0, light[offset + 2] ?? 0);
    if (most > kneeLight) {
      const value = Math.min(nitsToPq(most * REFERENCE_WHITE_NITS) / peak, 1);
      const compressed = pqToNits(spline((value - knee) / (1 - knee), knee, white) * peak);
      const gain = compressed / REFERENCE_WHITE_NITS / most;
      for (let at = offset; at < offset + 3; at += 1) {
        light[at] = (light[at] ?? 0) * gain;
      }
    }
  }
}

/** Returns the Hermite spline from (0, `from`) with the slope 1 of the unchanged values, to (1, `to`) with slope 0. */
function spline(t: number, from: number, to: number): number {
  return (
    (2 * t ** 3 - 3 * t ** 2 + 1) * from +
    (t ** 3 - 2 * t ** 2 + t) * (1 - from) +
    (-2 * t ** 3 + 3 * t ** 2) * to
  );
}
