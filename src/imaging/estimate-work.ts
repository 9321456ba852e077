import { countAvifPixels } from './containers/avif-work.ts';
import { readJpegScans } from './containers/jpeg-scans.ts';
import { readPngHeader } from './containers/png-header.ts';
import { UnreadableImageError } from './errors.ts';

// The weights are measured: the processor time of `render` beyond that of a small picture, over pictures of 9 to 50
// megapixels, flat and noisy, on one core. The unit is the time of one megapixel of a plain JPEG with little detail: 2 ms there.

/** Work of entropy decoding, for each million bytes of a file. The noisiest picture decides. */
const PER_MEGABYTE: Readonly<Record<string, number>> = { jpeg: 10, png: 5, webp: 30, gif: 5, heif: 100 };
/** For each scan and megapixel of a JPEG. The slowest scan, which refines all coefficients, decides. */
const PER_JPEG_SCAN = 0.27;
/** For each megapixel and byte of a pixel of a PNG. Interlacing doubles it and adds one. */
const PER_PNG_BYTE = 0.5;
const PER_WEBP_MEGAPIXEL = 2;
const PER_GIF_MEGAPIXEL = 1.5;
const PER_AVIF_MEGAPIXEL = 14;
/** For each megapixel that libheif rotates or mirrors: 70 ms for 16 megapixels. */
const PER_AVIF_TURN = 2.5;

/**
 * Estimates the work of decoding a picture from its container, without decoding. Equal estimates take roughly equal time.
 * `format` is sharp's name. Never throws.
 * @returns the number of megapixels of a plain JPEG that would take as long.
 */
export function estimateWork(
  picture: Buffer,
  format: string,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  const entropy = (picture.length / 1e6) * (PER_MEGABYTE[format] ?? 0);
  return entropy + pixelWork(picture, format, (width * height) / 1e6);
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
  const plain = (PER_PNG_BYTE * channels * bitDepth) / 8;
  return megapixels * (interlaced ? 1 + 2 * plain : plain);
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
