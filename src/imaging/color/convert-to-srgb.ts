import type { ColorSpace } from './color-space.ts';
import { apply, type Vector } from './matrix.ts';
import { compressHighlights, displayHlg } from './tone-map.ts';
import { linearToSrgb } from './transfers.ts';

/** Pixels that follow each other, with three or four channels. */
export interface PixelRow {
  readonly data: Uint8Array | Uint16Array;
  readonly channels: number;
  /** Maximum value of a channel: 255 for 8 bits, 65535 for 16 bits. */
  readonly max: number;
}

/** Number of steps of linear light. The two darkest values of sRGB are 20 steps apart. */
const LIGHT_STEPS = 65_535;

/**
 * Converts pixels to sRGB with 8 bits per channel. Clips colors that sRGB cannot express. Compresses the highlights of
 * HDR, so that the result depends on the brightest pixel. Keeps alpha.
 */
export function convertToSrgb(pixels: PixelRow, space: ColorSpace): Buffer {
  const light = toLight(pixels, space);
  if (space.hdr !== undefined) {
    compressHighlights(light);
  }
  return encode(light, pixels);
}

/** Returns the linear light of pixels in the primaries of sRGB, three numbers for each pixel. 1 is white. */
function toLight({ data, channels, max }: PixelRow, space: ColorSpace): Float32Array {
  const linear = Float64Array.from({ length: max + 1 }, (_, value) => space.toLinear(value / max));
  const light = new Float32Array((data.length / channels) * 3);
  for (let from = 0, to = 0; from < data.length; from += channels, to += 3) {
    const rgb: Vector = [
      linear[data[from] ?? 0] ?? 0,
      linear[data[from + 1] ?? 0] ?? 0,
      linear[data[from + 2] ?? 0] ?? 0,
    ];
    light.set(apply(space.toSrgb, space.hdr === 'hlg' ? displayHlg(rgb, space.luminance) : rgb), to);
  }
  return light;
}

/** Encodes linear light with the curve of sRGB, and adds the alpha of the pixels that it comes from. */
function encode(light: Float32Array, { data, channels, max }: PixelRow): Buffer {
  const encoded = Uint8Array.from({ length: LIGHT_STEPS + 1 }, (_, step) =>
    Math.round(255 * linearToSrgb(step / LIGHT_STEPS)),
  );
  const srgb = Buffer.alloc(data.length);
  for (let from = 0, to = 0; to < srgb.length; from += 3, to += channels) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = Math.min(Math.max(light[from + channel] ?? 0, 0), 1);
      srgb[to + channel] = encoded[Math.round(value * LIGHT_STEPS)] ?? 0;
    }
    if (channels === 4) {
      srgb[to + 3] = Math.round(((data[to + 3] ?? 0) / max) * 255);
    }
  }
  return srgb;
}
