import type { ColorSpace } from './color-space.ts';
import { apply, type Vector } from './matrix.ts';
import { displayHlg, highlightCompression } from './tone-map.ts';
import { linearToSrgb } from './transfers.ts';

/** Number of steps of linear light. The darkest sRGB values are 20 steps apart. */
const LIGHT_STEPS = 65_535;

/**
 * Converts pixels to sRGB with 8 bits per channel. Colors that sRGB cannot express become the nearest values that it
 * has. HDR highlights are compressed, so that the result depends on the brightest pixel. Alpha stays as it is.
 * @param pixels values from 0 to `max`, as consecutive pixels of three or four channels.
 * @param max 255, or 65535 for 16 bits per channel.
 */
export function convertToSrgb(
  pixels: Uint8Array | Uint16Array,
  { channels, max }: { readonly channels: number; readonly max: number },
  space: ColorSpace,
): Buffer {
  const linear = Float64Array.from({ length: max + 1 }, (_, value) => space.toLinear(value / max));
  const encoded = Uint8Array.from({ length: LIGHT_STEPS + 1 }, (_, step) =>
    Math.round(255 * linearToSrgb(step / LIGHT_STEPS)),
  );
  const lightAt = (offset: number) => toLight(pixels, offset, linear, space);
  const compress = space.hdr && highlightCompression(brightestOf(pixels.length, channels, lightAt));
  const converted = Buffer.alloc(pixels.length);
  for (let offset = 0; offset < pixels.length; offset += channels) {
    const light = lightAt(offset);
    const brightest = Math.max(...light);
    const gain = compress && brightest > 0 ? compress(brightest) / brightest : 1;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = Math.min(Math.max((light[channel] ?? 0) * gain, 0), 1);
      converted[offset + channel] = encoded[Math.round(value * LIGHT_STEPS)] ?? 0;
    }
    if (channels === 4) {
      converted[offset + 3] = Math.round(((pixels[offset + 3] ?? 0) / max) * 255);
    }
  }
  return converted;
}

/** Returns a pixel's linear light in the primaries of sRGB. Reference white is 1. */
function toLight(
  pixels: Uint8Array | Uint16Array,
  offset: number,
  linear: Float64Array,
  space: ColorSpace,
): Vector {
  const rgb: Vector = [
    linear[pixels[offset] ?? 0] ?? 0,
    linear[pixels[offset + 1] ?? 0] ?? 0,
    linear[pixels[offset + 2] ?? 0] ?? 0,
  ];
  return apply(space.toSrgb, space.hdr === 'hlg' ? displayHlg(rgb, space.luminance) : rgb);
}

/** Returns the brightest light of any channel. */
function brightestOf(length: number, channels: number, lightAt: (offset: number) => Vector): number {
  let brightest = 0;
  for (let offset = 0; offset < length; offset += channels) {
    brightest = Math.max(brightest, ...lightAt(offset));
  }
  return brightest;
}
