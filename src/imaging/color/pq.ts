// ITU-R BT.2100, table 4.
const M1 = 2610 / 16_384;
const M2 = (2523 / 4096) * 128;
const C1 = 3424 / 4096;
const C2 = (2413 / 4096) * 32;
const C3 = (2392 / 4096) * 32;
const MAX_NITS = 10_000;

/** Returns the luminance in nits of a PQ value, 0 to 1. */
export function pqToNits(value: number): number {
  const power = value ** (1 / M2);
  return MAX_NITS * (Math.max(power - C1, 0) / (C2 - C3 * power)) ** (1 / M1);
}

/** Returns the PQ value of a luminance in nits. */
export function nitsToPq(nits: number): number {
  const power = (nits / MAX_NITS) ** M1;
  return ((C1 + C2 * power) / (1 + C3 * power)) ** M2;
}
