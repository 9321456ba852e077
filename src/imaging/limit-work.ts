import { checkAvifSizes } from './containers/avif-sizes.ts';
import { hideAvifTracks } from './containers/avif-sequence.ts';
import { countAvifPixels } from './containers/avif-work.ts';
import { keepGifFrames } from './containers/gif-frames.ts';
import { readJpegScans } from './containers/jpeg-scans.ts';
import { readPngHeader } from './containers/png-header.ts';
import { removePngTexts } from './containers/png-texts.ts';
import { keepWebpFrames } from './containers/webp-frames.ts';
import { TooManyPixelsError, UnreadableImageError } from './errors.ts';

/** Number of frames of an animation that are decoded. */
const DECODED_FRAMES = 1;
/**
 * Scans of a JPEG. libjpeg's own script for progressive JPEGs has 10 for a photograph and 18 for CMYK (`jcparam.c`,
 * jpeg_simple_progression). The scripts that mozjpeg tries have about as many. A custom script may have a few more. At 50
 * megapixels, a decoder takes 30 ms for each.
 */
const MAX_JPEG_SCANS = 64;
/**
 * Pixels that the decoder of an AVIF may make for each pixel that a picture may have. Transparency doubles the pixels,
 * and the last tiles of a grid have pixels that are not shown.
 */
const MAX_AVIF_PIXELS_PER_PIXEL = 2.5;
/** Pixels that the decoder may rotate or mirror, for each pixel that it may make. A picture is turned once in each way. */
const MAX_AVIF_TURNS = 2;

/** Told to users, because such a picture may be whole. */
const TOO_MUCH_WORK =
  'The picture is stored in a way that takes too long to read. Please save it in another program and send that.';
/** Maximum width and height in pixels that libvips reads (VIPS_MAX_COORD). */
const MAX_VIPS_EDGE = 100_000_000;
/** The same of a PNG: PNG specification, 11.2.1. */
const MAX_PNG_EDGE = 2 ** 31 - 1;

/** Returns a picture without the frames, tracks and texts that no rendition needs. `format` is sharp's name. Never throws. */
export function keepDecodedParts(picture: Buffer, format: string): Buffer {
  switch (format) {
    case 'gif':
      return keepGifFrames(picture, DECODED_FRAMES);
    case 'webp':
      return keepWebpFrames(picture, DECODED_FRAMES);
    case 'heif':
      return hideAvifTracks(picture);
    case 'png':
      // libvips decodes only the still picture of an animated PNG.
      return removePngTexts(picture);
    default:
      return picture;
  }
}

/**
 * Refuses a size that libvips must not read: it would report another size, or call the picture damaged. `format` is sharp's
 * name; `maxPixels` is what a picture of that format may have.
 * Throws UnreadableImageError if the size cannot be true, and TooManyPixelsError if it can.
 */
export function refuseHugeSize(picture: Buffer, format: string, maxPixels: number): void {
  if (format === 'heif') {
    checkAvifSizes(picture);
  }
  if (format === 'png') {
    const { width, height } = readPngHeader(picture);
    const longest = Math.max(width, height);
    if (longest > MAX_VIPS_EDGE && longest <= MAX_PNG_EDGE && width * height > maxPixels) {
      throw new TooManyPixelsError(width, height, maxPixels);
    }
  }
}

/**
 * Throws UnreadableImageError if decoding a picture would take work that no encoder asks for. Reads the container only.
 * `format` is sharp's name; `maxPixels` is what a picture of that format may have.
 */
export function refuseAbsurdWork(picture: Buffer, format: string, maxPixels: number): void {
  if (format === 'jpeg') {
    const { count, arithmetic } = readJpegScans(picture);
    // With arithmetic coding, a few bytes can cause hours of work, and no browser can show it.
    if (count > MAX_JPEG_SCANS || arithmetic) {
      throw new UnreadableImageError(TOO_MUCH_WORK);
    }
  }
  if (format === 'heif') {
    const { decoded, turned } = countAvifPixels(picture);
    const maxDecoded = maxPixels * MAX_AVIF_PIXELS_PER_PIXEL;
    if (decoded > maxDecoded || turned > maxDecoded * MAX_AVIF_TURNS) {
      throw new UnreadableImageError(TOO_MUCH_WORK);
    }
  }
}
