/** Linear value of each 8-bit value of a channel. Display P3 uses the transfer function of sRGB (IEC 61966-2-1). */
const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});
/** Number of steps in the table of encoded values, enough to keep the darkest values apart. */
const STEPS = 8192;
const ENCODED = Uint8ClampedArray.from({ length: STEPS + 1 }, (_, step) => {
  const linear = step / STEPS;
  return 255 * (linear <= 0.003_130_8 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
});

/**
 * Converts 8-bit RGBA from Display P3 to sRGB in place. Clips colors outside of sRGB. A canvas cannot do this in every
 * browser: Firefox 153 has no `ImageData` in Display P3. The matrix follows from the primaries of both color spaces
 * (https://www.w3.org/TR/css-color-4/#color-conversion-code).
 */
export function convertP3ToSrgb(pixels: Uint8ClampedArray): void {
  for (let at = 0; at < pixels.length; at += 4) {
    const red = LINEAR[pixels[at] ?? 0] ?? 0;
    const green = LINEAR[pixels[at + 1] ?? 0] ?? 0;
    const blue = LINEAR[pixels[at + 2] ?? 0] ?? 0;
    pixels[at] = encode(1.224_94 * red - 0.224_94 * green);
    pixels[at + 1] = encode(-0.042_057 * red + 1.042_057 * green);
    pixels[at + 2] = encode(-0.019_638 * red - 0.078_636 * green + 1.098_274 * blue);
  }
}

function encode(linear: number): number {
  return ENCODED[Math.round(Math.min(Math.max(linear, 0), 1) * STEPS)] ?? 0;
}
