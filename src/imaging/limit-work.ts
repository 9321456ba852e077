import { hideAvifTracks } from './containers/avif-sequence.ts';
import { checkAvifSizes } from './containers/avif-sizes.ts';
import { extractAvifPicture } from './containers/avif-still.ts';
import { countAvifPixels } from './containers/avif-work.ts';
import { keepFirstGifFrame } from './containers/gif-frames.ts';
import { readJpegScans } from './containers/jpeg-scans.ts';
import { readPngHeader } from './containers/png-header.ts';
import { removePngTexts } from './containers/png-texts.ts';
import { keepFirstWebpFrame } from './containers/webp-frames.ts';
import { TooManyPixelsError, UnreadableImageError } from './errors.ts';

/**
 * Maximum scans of a JPEG. libjpeg's own script for progressive JPEGs has 10 scans for a photo and 18 for CMYK
 * (`jcparam.c`, jpeg_simple_progression). The scripts that mozjpeg tries have about as many. A custom script may have a
 * few more. At 50 megapixels, each scan takes a decoder 30 ms.
 */
const MAX_JPEG_SCANS = 64;
/**
 * Maximum pixels that an AVIF decoder may produce, per pixel of the size limit. An alpha channel doubles the pixels,
 * and the last tiles of a grid extend beyond the visible picture.
 */
const MAX_AVIF_PIXELS_PER_PIXEL = 2.5;
/** Maximum pixels to rotate or mirror, per pixel that may be produced. Each pixel is rotated once and mirrored once. */
const MAX_AVIF_TURNS = 2;

/**
 * Maximum work of the frames that are searched for one that shows something, in the unit of `estimateWork`. The slowest
 * JPEG has 932 units: 51 megapixels in 64 scans.
 */
const MAX_FRAMES_WORK = 1000;

/** Message for users. It does not call the picture damaged, because the picture may be intact. */
const TOO_MUCH_WORK =
  'The picture is stored in a way that takes too long to read. ' +
  'Save it again in another program and upload the new file.';
/** Maximum width and height in pixels that libvips supports (VIPS_MAX_COORD). */
const MAX_VIPS_EDGE = 100_000_000;
/** Maximum width and height of a PNG in pixels: PNG specification, 11.2.1. */
const MAX_PNG_EDGE = 2 ** 31 - 1;

/**
 * Returns the first picture of a file, without further frames, tracks and texts. Never throws.
 * @param format sharp's name of the format.
 */
export function keepDecodedParts(picture: Buffer, format: string): Buffer {
  switch (format) {
    case 'gif':
      return keepFirstGifFrame(picture);
    case 'webp':
      return keepFirstWebpFrame(picture);
    case 'heif':
      return hideAvifTracks(extractAvifPicture(picture));
    case 'png':
      // libvips decodes only the static image of an animated PNG.
      return removePngTexts(picture);
    default:
      return picture;
  }
}

/**
 * Rejects a size that libvips cannot represent. libvips would report another size, or call the picture damaged.
 * Throws UnreadableImageError if the size is impossible, and TooManyPixelsError if it is possible but too large.
 * @param format sharp's name of the format.
 * @param maxPixels limit for pictures of this format.
 */
export function rejectHugeSize(picture: Buffer, format: string, maxPixels: number): void {
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
 * Throws UnreadableImageError if decoding a picture would take more work than the output of any encoder needs. Reads
 * only the container.
 * @param format sharp's name of the format.
 * @param maxPixels limit for pictures of this format.
 */
export function rejectExcessiveWork(picture: Buffer, format: string, maxPixels: number): void {
  if (format === 'jpeg') {
    const { count, arithmetic } = readJpegScans(picture);
    // With arithmetic coding, a few bytes can cause hours of work. No browser can show such a picture.
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

/**
 * Throws UnreadableImageError if the frames of an animation would take more work than any single picture.
 * @param work in the unit of `estimateWork`.
 */
export function rejectExcessiveFrames(work: number): void {
  if (work > MAX_FRAMES_WORK) {
    throw new UnreadableImageError(TOO_MUCH_WORK);
  }
}
