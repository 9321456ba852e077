import type { Sharp } from 'sharp';

/** Uncompressed pixels with 8 or 16 bits per channel. */
export interface Pixels {
  readonly data: Uint8Array | Uint16Array;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 };
}

/** Background of a transparent picture in a format without transparency. */
export const OPAQUE_BACKGROUND = '#ffffff';

/**
 * Returns the pixels of a picture, with three channels and perhaps alpha. Converts gray to RGB.
 * @param isDeep true for 16 bits per channel. The picture must have 16 bits, too.
 */
export async function toPixels(picture: Sharp, isDeep = false): Promise<Pixels> {
  const { data, info } = await picture
    .toColourspace(isDeep ? 'rgb16' : 'srgb')
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return {
    data: isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data,
    raw: { width: info.width, height: info.height, channels: info.channels },
  };
}
