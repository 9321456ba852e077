import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash';
import { TooMuchWorkError, UnreadableImageError } from './errors.ts';
import { estimateWork } from './estimate-work.ts';
import { holdsForeignTag } from './foreign-tags.ts';
import { type Crop, type Inspection, inspect, type Square } from './inspect.ts';
import {
  RENDITION_FORMATS,
  RENDITION_SIZES,
  type RenditionFormat,
  renditionName,
  sizesFor,
} from './renditions.ts';

/** Paths in, files out: nothing but this and its answer passes between the processes. */
export interface RenderJob {
  readonly inputPath: string;
  /** Exists and is empty. */
  readonly outputDirectory: string;
  /** What sharp must find in the file. */
  readonly format: string;
  readonly maxPixels: number;
  readonly crop?: Crop;
  /** False if nobody needs the renditions after a power failure. */
  readonly sync?: boolean;
  /** Maximum work of decoding, in the unit of `estimateWork`. No limit by default. */
  readonly maxWork?: number;
}

export interface RenderedPicture {
  /** Pixels of the upright original. */
  readonly width: number;
  readonly height: number;
  /** Edge lengths of the renditions, in pixels, smallest first; each exists in every format. */
  readonly sizes: readonly number[];
  /** A ThumbHash, drawn: a data URL of a few hundred characters. */
  readonly placeholder: string;
  /** `#rrggbb`. */
  readonly dominantColor: string;
}

/** Pixels as they lie in memory: 8 bits a channel, sRGB. */
interface Pixels {
  readonly data: Buffer;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 };
}

const LARGEST_SIZE = Math.max(...RENDITION_SIZES);
/** ThumbHash takes at most 100 pixels an edge. */
const PLACEHOLDER_SIZE = 64;
const PLACEHOLDER_QUALITY = 50;
const WEBP_QUALITY = 80;
const JPEG_QUALITY = 82;
/** How often a rendition is encoded at most; the second time is rare, the third needs an attacker. */
const MAX_ENCODINGS = 5;
/** Of a WebP's transparency: nothing is lost at 100, and below it differs only when it is much lower. */
const ALPHA_QUALITY = 100;
const ALPHA_QUALITY_STEP = 10;
/** What shows through a transparent picture where the format has no transparency. */
const JPEG_BACKGROUND = '#ffffff';

/**
 * Makes every rendition of a picture from one decode: upright, square, sRGB, without any metadata.
 * Throws UnreadableImageError, TooManyPixelsError, ImageTooSmallError or TooMuchWorkError; a file system's error as it is.
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
  const pixels = await decode(inspection, job.maxPixels, Math.min(edge, LARGEST_SIZE));
  const sizes = sizesFor(edge);
  const description = describe(pixels);
  // Largest first: what takes longest must not be the last to begin.
  const renditions = sizes.toReversed().flatMap((size) =>
    RENDITION_FORMATS.map(async (format) => {
      const bytes = await encode(pixels, size, format);
      // Synced here, while other renditions are still being encoded.
      await writeFile(join(job.outputDirectory, renditionName(size, format)), bytes, {
        flag: 'wx',
        flush: job.sync ?? true,
      });
    }),
  );
  // A failure is told only when nothing is written any more, since the folder is removed then.
  await Promise.allSettled([description, ...renditions]);
  await Promise.all(renditions);
  return { width: inspection.width, height: inspection.height, sizes, ...(await description) };
}

/**
 * Decodes the square of a picture. Ignores the colour profile if libvips cannot apply it, as browsers do. libvips finds that
 * out before it decodes a pixel, so the first attempt takes little time. Throws UnreadableImageError.
 */
async function decode(inspection: Inspection, maxPixels: number, target: number): Promise<Pixels> {
  const decodeWith = (ignoreIcc: boolean) =>
    // 'error' refuses what is cut off or corrupt, and forgives what real cameras do wrong.
    decodeSquare(
      () => sharp(inspection.source, { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc }),
      inspection,
      target,
    );
  try {
    return await decodeWith(inspection.ignoreProfile).catch((error: unknown) => {
      if (inspection.ignoreProfile || !isProfileError(error)) {
        throw error;
      }
      return decodeWith(true);
    });
  } catch (error) {
    throw new UnreadableImageError(undefined, { cause: error });
  }
}

/** Returns whether libvips failed because of a colour profile: only its code for profiles reports errors as `VipsIcc`. */
function isProfileError(error: unknown): boolean {
  return error instanceof Error && error.message.includes('VipsIcc: ');
}

/** Decodes the square at the size of its largest rendition, letting the decoder shrink while it loads. */
async function decodeSquare(
  decode: () => Sharp,
  { width, square }: Inspection,
  target: number,
): Promise<Pixels> {
  if (square === undefined) {
    const picture = decode().autoOrient();
    return toPixels(picture.resize(target, target, { fit: 'cover', position: sharp.strategy.attention }));
  }
  const region = { left: square.left, top: square.top, width: square.edge, height: square.edge };
  if (square.edge < 2 * target) {
    return toPixels(decode().autoOrient().extract(region).resize(target, target));
  }
  // Cut first, and libvips decodes every pixel, and turns them before it shrinks them: twice the time for the
  // usual photograph of a phone. So the whole picture is shrunk by what the square needs, then cut.
  const shrunk = await toPixels(
    decode()
      .autoOrient()
      .resize({ width: Math.round((width * target) / square.edge) }),
  );
  return toPixels(sharp(shrunk.data, { raw: shrunk.raw }).extract(shrunkRegion(square, target, shrunk)));
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

async function toPixels(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data, raw: { width: info.width, height: info.height, channels: info.channels } };
}

/** Each time at a lower quality, until no other program could take the result for something of its own. */
async function encode({ data, raw }: Pixels, size: number, format: RenditionFormat): Promise<Buffer> {
  for (let loss = 0; loss < MAX_ENCODINGS; loss += 1) {
    const resized = sharp(data, { raw }).resize(size, size);
    const encoded =
      format === 'webp'
        ? resized.webp({
            quality: WEBP_QUALITY - loss,
            alphaQuality: ALPHA_QUALITY - loss * ALPHA_QUALITY_STEP,
          })
        : resized.flatten({ background: JPEG_BACKGROUND }).jpeg({ quality: JPEG_QUALITY - loss });
    const bytes = await encoded.toBuffer();
    if (!holdsForeignTag(bytes)) {
      return bytes;
    }
  }
  throw new UnreadableImageError();
}

async function describe({
  data,
  raw,
}: Pixels): Promise<Pick<RenderedPicture, 'placeholder' | 'dominantColor'>> {
  const small = await toPixels(sharp(data, { raw }).resize(PLACEHOLDER_SIZE, PLACEHOLDER_SIZE).ensureAlpha());
  const flat = await toPixels(sharp(small.data, { raw: small.raw }).flatten({ background: JPEG_BACKGROUND }));
  const { dominant } = await sharp(flat.data, { raw: flat.raw }).stats();
  const hex = [dominant.r, dominant.g, dominant.b].map((value) => value.toString(16).padStart(2, '0'));
  return {
    placeholder: await drawPlaceholder(rgbaToThumbHash(PLACEHOLDER_SIZE, PLACEHOLDER_SIZE, small.data)),
    dominantColor: `#${hex.join('')}`,
  };
}

/** thumbhash's own data URL is an uncompressed PNG of 6 KB; the same pixels as WebP are a few hundred bytes. */
async function drawPlaceholder(hash: Uint8Array): Promise<string> {
  const { w: width, h: height, rgba } = thumbHashToRGBA(hash);
  const webp = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .webp({ quality: PLACEHOLDER_QUALITY })
    .toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}
