import sharp from 'sharp';
import { copyPngDescriptions, type PngFrame } from './containers/png-frames.ts';
import { readPngHeader } from './containers/png-header.ts';

/** Compression of the canvas. Level 1 takes the least time, and an empty canvas needs no more. */
const COMPRESSION_LEVEL = 1;

/**
 * Returns a PNG of an empty canvas with a frame on it. Keeps the number of bits, the declared colors and the EXIF
 * rotation. Rejects with sharp's error if the frame cannot be decoded.
 * @param canvas width and height in pixels.
 */
export async function placePngFrame(
  { png, place }: PngFrame,
  canvas: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  const { bitDepth, channels } = readPngHeader(png);
  const color = channels < 3 ? ['b-w', 'grey16'] : ['srgb', 'rgb16'];
  // Ignores the profile, because the canvas declares the same colors as the frame.
  const placed = await sharp(png, { failOn: 'error', ignoreIcc: true, limitInputPixels: false })
    .extend({
      left: place.left,
      top: place.top,
      right: canvas.width - place.left - place.width,
      bottom: canvas.height - place.top - place.height,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    })
    .toColourspace(color[bitDepth === 16 ? 1 : 0] ?? 'srgb')
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
  return copyPngDescriptions(png, placed);
}
