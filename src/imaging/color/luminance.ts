/** Luminance of white paper in HDR, which becomes white in sRGB: ITU-R BT.2408, 2.2 (HDR Reference White). */
export const REFERENCE_WHITE_NITS = 203;

/** Luminance of the brightest HDR highlights that keep their details. It is the nominal peak of HLG: ITU-R BT.2100. */
export const PEAK_NITS = 1000;
