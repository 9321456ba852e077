import { REFERENCE_WHITE_NITS } from './luminance.ts';
import { pqToNits } from './pq.ts';

/** Converts the value of a channel, 0 to 1, to linear light. */
export type Transfer = (value: number) => number;

/** Code points `TransferCharacteristics` of HDR: ITU-T H.273, table 3. */
export const PQ = 16;
export const HLG = 18;

/** Exponent of displays for the video of BT.709, BT.601 and BT.2020: ITU-R BT.1886, annex 1. Chromium uses it, too. */
const VIDEO_DISPLAY_GAMMA = 2.4;

/** Transfer functions by their code point: ITU-T H.273, table 3. The others are logarithms that no picture uses. */
export const TRANSFERS_BY_CODE: ReadonlyMap<number, Transfer> = new Map([
  [1, gamma(VIDEO_DISPLAY_GAMMA)],
  [4, gamma(2.2)],
  [5, gamma(2.8)],
  [6, gamma(VIDEO_DISPLAY_GAMMA)],
  [7, smpte240ToLinear],
  [8, (value) => value],
  [11, gamma(VIDEO_DISPLAY_GAMMA)],
  [13, srgbToLinear],
  [14, gamma(VIDEO_DISPLAY_GAMMA)],
  [15, gamma(VIDEO_DISPLAY_GAMMA)],
  [PQ, (value) => pqToNits(value) / REFERENCE_WHITE_NITS],
  [17, (value) => (52.37 / 48) * value ** 2.6],
  [HLG, hlgToScene],
]);

export function gamma(exponent: number): Transfer {
  return (value) => value ** exponent;
}

/** Applies IEC 61966-2-1, 5.2. */
export function srgbToLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Inverts {@link srgbToLinear}. */
export function linearToSrgb(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** Inverts SMPTE ST 240. */
function smpte240ToLinear(value: number): number {
  return value < 4 * 0.022822 ? value / 4 : ((value + 0.111572) / 1.111572) ** (1 / 0.45);
}

/** Inverts the HLG OETF: ITU-R BT.2100, table 5. Returns light of the scene, 0 to 1. */
function hlgToScene(value: number): number {
  const a = 0.17883277;
  const b = 1 - 4 * a;
  const c = 0.5 - a * Math.log(4 * a);
  return value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - c) / a) + b) / 12;
}
