import { countAvifPixels } from './containers/avif-work.ts';
import { readJpegScans } from './containers/jpeg-scans.ts';
import { readPngHeader } from './containers/png-header.ts';
import { UnreadableImageError } from './errors.ts';

// The weights were measured with flat and noisy pictures of 9 to 50 megapixels, on one core. Each weight is the
// processor time of `render`, minus its time for a small picture. The unit is the time that one megapixel of a
// sequential JPEG with little detail takes, which was 2 ms.

/** Work of entropy decoding per million bytes of a file, measured with the noisiest picture. */
const PER_MEGABYTE: Readonly<Record<string, number>> = { jpeg: 10, png: 5, webp: 30, gif: 5, heif: 100 };
/** Work per scan and megapixel of a JPEG, measured with the slowest kind of scan, which refines all coefficients. */
const PER_JPEG_SCAN = 0.27;
/** Work per megapixel of a PNG, for each byte of a pixel. Interlacing doubles it and adds one unit per megapixel. */
const PER_PNG_BYTE = 0.5;
/** Work per megapixel of a canvas on which a frame is placed, for each byte of a pixel: encoding and decoding it. */
const PER_PLACED_PNG_BYTE = 1;
const PER_WEBP_MEGAPIXEL = 2;
const PER_GIF_MEGAPIXEL = 1.5;
const PER_AVIF_MEGAPIXEL = 14;
/** Work per megapixel that libheif rotates or mirrors. 16 megapixels take 70 ms. */
const PER_AVIF_TURN = 2.5;

/**
 * Estimates the work of decoding a picture. Reads the container and decodes nothing. Pictures with equal estimates take
 * roughly equal time. `format` is sharp's name of the format. Never throws.
 * @returns the number of megapixels of a sequential JPEG that would take as long.
 */
export function estimateWork(
  picture: Buffer,
  format: string,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  const entropy = (picture.length / 1e6) * (PER_MEGABYTE[format] ?? 0);
  return entropy + pixelWork(picture, format, (width * height) / 1e6);
}

/**
 * Estimates the work of placing a frame of an animated PNG on its canvas and decoding the canvas, in the unit of
 * {@link estimateWork}. The canvas has an alpha channel.
 * @param frame a PNG of the frame.
 */
export function estimatePlacing(
  frame: Buffer,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  const { bitDepth, channels } = readPngHeader(frame);
  const bytes = (channels < 3 ? 2 : 4) * (bitDepth === 16 ? 2 : 1);
  return (PER_PLACED_PNG_BYTE * bytes * width * height) / 1e6;
}

function pixelWork(picture: Buffer, format: string, megapixels: number): number {
  switch (format) {
    case 'jpeg':
      return megapixels * (1 + PER_JPEG_SCAN * readJpegScans(picture).count);
    case 'png':
      return pngWork(picture, megapixels);
    case 'webp':
      return megapixels * PER_WEBP_MEGAPIXEL;
    case 'gif':
      return megapixels * PER_GIF_MEGAPIXEL;
    case 'heif':
      return avifWork(picture) ?? megapixels * PER_AVIF_MEGAPIXEL;
    default:
      return megapixels;
  }
}

function pngWork(png: Buffer, megapixels: number): number {
  const { bitDepth, channels, interlaced } = readPngHeader(png);
  const perMegapixel = (PER_PNG_BYTE * channels * bitDepth) / 8;
  return megapixels * (interlaced ? 1 + 2 * perMegapixel : perMegapixel);
}

/** Returns the work of an AVIF, or undefined if the file is damaged. */
function avifWork(avif: Buffer): number | undefined {
  try {
    const { decoded, turned } = countAvifPixels(avif);
    return (decoded * PER_AVIF_MEGAPIXEL + turned * PER_AVIF_TURN) / 1e6;
  } catch (error) {
    if (error instanceof UnreadableImageError) {
      return undefined;
    }
    throw error;
  }
}
