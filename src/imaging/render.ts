import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { convertToSrgb } from './color/convert-to-srgb.ts';
import { type DecoderInput, decodeWhole } from './decode-whole.ts';
import { type Description, describe } from './describe.ts';
import { TooMuchWorkError, UnreadableImageError } from './errors.ts';
import { estimateWork } from './estimate-work.ts';
import { containsForeignTag } from './foreign-tags.ts';
import { type Crop, inspect, type Square } from './inspect.ts';
import { OPAQUE_BACKGROUND, type Pixels, toPixels } from './pixels.ts';
import {
  RENDITION_FORMATS,
  RENDITION_SIZES,
  type RenditionFormat,
  renditionName,
  sizesFor,
} from './renditions.ts';
import { decodeVisibleFrame, type View } from './visible-frame.ts';

/**
 * Job for a decoder. Pictures are passed in files, so messages between the processes contain only paths and metadata.
 */
export interface RenderJob {
  readonly inputPath: string;
  /** Path of an existing, empty folder. */
  readonly outputDirectory: string;
  /** sharp's name of the format that it must find in the file. */
  readonly format: string;
  readonly maxPixels: number;
  readonly crop?: Crop;
  /** False if the renditions do not have to survive a power failure. */
  readonly sync?: boolean;
  /** Maximum work of decoding, in the unit of `estimateWork`. No limit by default. */
  readonly maxWork?: number;
}

export interface RenderedPicture extends Description {
  /** Size of the upright original in pixels. */
  readonly width: number;
  readonly height: number;
  /** Edge lengths of the renditions in pixels, smallest first. Each size exists in every format. */
  readonly sizes: readonly number[];
}

/** Formats of pixels with 16 bits per channel, and their counterparts with 8 bits. */
const DEEP_FORMATS: Readonly<Record<string, 'srgb' | 'b-w'>> = { rgb16: 'srgb', grey16: 'b-w' };

const LARGEST_SIZE = Math.max(...RENDITION_SIZES);
const WEBP_QUALITY = 80;
const JPEG_QUALITY = 82;
/** Maximum attempts to encode a rendition. A second attempt is rare, and a third happens only during an attack. */
const MAX_ENCODINGS = 5;
/** Quality of a WebP's alpha channel. 100 is lossless. Only a much lower quality changes the encoding. */
const ALPHA_QUALITY = 100;
const ALPHA_QUALITY_STEP = 10;

/**
 * Decodes a picture once and writes all its renditions. They are upright, square, in sRGB and without metadata.
 * Throws UnreadableImageError, TooManyPixelsError, ImageTooSmallError, TooMuchWorkError, or a file system error.
 */
export async function render(job: RenderJob): Promise<RenderedPicture> {
  const input = await readFile(job.inputPath);
  const inspection = await inspect(input, job);
  if (job.maxWork !== undefined) {
    const work = estimateWork(input, job.format, inspection);
    if (work > job.maxWork) {
      throw new TooMuchWorkError(work);
    }
  }
  const edge = inspection.square?.edge ?? Math.min(inspection.width, inspection.height);
  const pixels = await decodeVisibleFrame(input, inspection, job, (view) =>
    decode(view, job, Math.min(edge, LARGEST_SIZE)),
  );
  const sizes = sizesFor(edge);
  const description = describe(pixels);
  // Start with the largest rendition, because it takes longest.
  const renditions = sizes.toReversed().flatMap((size) =>
    RENDITION_FORMATS.map(async (format) => {
      const bytes = await encode(pixels, size, format);
      // Flush each file here, while other renditions are still being encoded.
      await writeFile(join(job.outputDirectory, renditionName(size, format)), bytes, {
        flag: 'wx',
        flush: job.sync ?? true,
      });
    }),
  );
  // Wait for all writes before reporting a failure, because the caller then deletes the folder.
  await Promise.allSettled([description, ...renditions]);
  await Promise.all(renditions);
  return { width: inspection.width, height: inspection.height, sizes, ...(await description) };
}

/**
 * Decodes the square of a picture to sRGB with 8 bits per channel. Like browsers, ignores a color profile that cannot
 * be applied. libvips detects this before it decodes a pixel, so the failed first attempt takes little time.
 * Throws UnreadableImageError.
 */
async function decode(view: View, { format, maxPixels }: RenderJob, target: number): Promise<Pixels> {
  const { source, color, page } = view;
  const decodeWith = ({ bytes, options }: DecoderInput, ignoreIcc: boolean) => {
    const open = () =>
      sharp(bytes, {
        ...options,
        limitInputPixels: maxPixels,
        ...(page !== undefined && { page }),
        ignoreIcc,
      });
    return ignoreIcc ? decodeWithoutProfile(open, view, target) : decodeWithProfile(open, view, target);
  };
  const rules = { format, frames: (page ?? 0) + 1, readsAll: readsAll(view, target) };
  try {
    return await decodeWhole(source, rules, (input) =>
      decodeWith(input, color.ignoreProfile).catch((error: unknown) => {
        if (color.ignoreProfile || !isProfileError(error)) {
          throw error;
        }
        return decodeWith(input, true);
      }),
    );
  } catch (error) {
    throw new UnreadableImageError(undefined, { cause: error });
  }
}

/**
 * Decodes a picture whose color profile sharp applies. With 16 bits per channel, sharp would convert colors to Display
 * P3 instead of sRGB, and ignore a profile for gray.
 */
async function decodeWithProfile(open: () => Sharp, view: View, target: number): Promise<Pixels> {
  const format = DEEP_FORMATS[view.interpretation ?? ''];
  return await decodeSquare(() => (format ? open().pipelineColourspace(format) : open()), view, target);
}

/** Decodes a picture whose color profile sharp ignores, and converts its declared color space to sRGB. */
async function decodeWithoutProfile(open: () => Sharp, view: View, target: number): Promise<Pixels> {
  const { space } = view.color;
  if (space === undefined) {
    return await decodeSquare(open, view, target);
  }
  // Dark values of linear light and PQ need the precision of 16 bits.
  const isDeep = (view.interpretation ?? '') in DEEP_FORMATS;
  const { data, raw } = await decodeSquare(open, view, target, isDeep);
  return { data: convertToSrgb({ data, channels: raw.channels, max: isDeep ? 65_535 : 255 }, space), raw };
}

/**
 * Returns whether libvips failed because of a color profile. Only its code for profiles reports errors as `VipsIcc`.
 */
function isProfileError(error: unknown): boolean {
  return error instanceof Error && error.message.includes('VipsIcc: ');
}

/** Decodes the square at the size of its largest rendition. The decoder shrinks the picture while loading it. */
async function decodeSquare(
  decode: () => Sharp,
  { width, square, whole }: View,
  target: number,
  isDeep = false,
): Promise<Pixels> {
  if (whole) {
    return toPixels(decode().autoOrient().resize(target, target, { fit: 'fill' }), isDeep);
  }
  if (square === undefined) {
    const picture = decode().autoOrient();
    return toPixels(
      picture.resize(target, target, { fit: 'cover', position: sharp.strategy.attention }),
      isDeep,
    );
  }
  const region = { left: square.left, top: square.top, width: square.edge, height: square.edge };
  if (!shrinksFirst(square, target)) {
    return toPixels(decode().autoOrient().extract(region).resize(target, target), isDeep);
  }
  const shrunk = await toPixels(
    decode()
      .autoOrient()
      .resize({ width: Math.round((width * target) / square.edge) }),
    isDeep,
  );
  const cropped = sharp(shrunk.data, { raw: shrunk.raw }).extract(shrunkRegion(square, target, shrunk));
  return toPixels(cropped, isDeep);
}

/** Returns whether the decoder reads every row of a view. */
function readsAll({ square, whole }: View, target: number): boolean {
  return whole || square === undefined || shrinksFirst(square, target);
}

/**
 * Returns whether to shrink the whole picture before cropping it. If the crop were first, libvips would decode every
 * pixel at full size and rotate it before shrinking, which takes twice the time for a typical phone photo.
 */
function shrinksFirst(square: Square, target: number): boolean {
  return square.edge >= 2 * target;
}

function shrunkRegion(square: Square, target: number, { raw }: Pixels) {
  const scale = target / square.edge;
  return {
    left: Math.min(Math.round(square.left * scale), raw.width - target),
    top: Math.min(Math.round(square.top * scale), raw.height - target),
    width: target,
    height: target,
  };
}

/**
 * Encodes a rendition. If the result contains a tag of another file type, tries again at a lower quality.
 * Throws UnreadableImageError if that does not help.
 */
async function encode({ data, raw }: Pixels, size: number, format: RenditionFormat): Promise<Buffer> {
  for (let loss = 0; loss < MAX_ENCODINGS; loss += 1) {
    const resized = sharp(data, { raw }).resize(size, size);
    const encoded =
      format === 'webp'
        ? resized.webp({
            quality: WEBP_QUALITY - loss,
            alphaQuality: ALPHA_QUALITY - loss * ALPHA_QUALITY_STEP,
          })
        : resized.flatten({ background: OPAQUE_BACKGROUND }).jpeg({ quality: JPEG_QUALITY - loss });
    const bytes = await encoded.toBuffer();
    if (!containsForeignTag(bytes)) {
      return bytes;
    }
  }
  throw new UnreadableImageError('The picture cannot be encoded safely. Choose another picture.');
}
