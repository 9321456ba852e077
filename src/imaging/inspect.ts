import sharp, { type Metadata } from 'sharp';
import { type DeclaredColor, readDeclaredColor } from './color/declared-color.ts';
import { placeOnGifCanvas } from './containers/gif-canvas.ts';
import { HEADER_OPTIONS } from './decode-whole.ts';
import { ImageTooSmallError, TooManyPixelsError, UnreadableImageError } from './errors.ts';
import { keepDecodedParts, rejectExcessiveWork, rejectHugeSize } from './limit-work.ts';
import { MIN_EDGE } from './renditions.ts';

/** A crop in fractions (0 to 1) of the upright picture's width and height. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A square in pixels of the upright picture. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly edge: number;
}

export interface Inspection {
  /** The first picture of the file, without further frames, tracks and texts. */
  readonly source: Buffer;
  /** Index of the picture in `source`. If undefined, the first page, or the primary item of an AVIF. */
  readonly page: number | undefined;
  /** Size of the upright picture in pixels. */
  readonly width: number;
  readonly height: number;
  readonly color: DeclaredColor;
  /** libvips' name of the pixels' format, such as `srgb` or `grey16`. */
  readonly interpretation: string | undefined;
  /** The central square of the crop. Undefined if there is no crop. */
  readonly square: Square | undefined;
}

export interface InspectionRules {
  /** sharp's name of the format that was detected from the first bytes. sharp must find the same format. */
  readonly format: string;
  readonly maxPixels: number;
  readonly crop?: Crop;
}

/**
 * Checks the size of a picture and the work of decoding it. Reads headers and decodes no pixels.
 * Throws UnreadableImageError, TooManyPixelsError or ImageTooSmallError.
 */
export async function inspect(picture: Buffer, rules: InspectionRules): Promise<Inspection> {
  const { source, page } = placeOnCanvas(keepDecodedParts(picture, rules.format), rules.format);
  rejectHugeSize(source, rules.format, rules.maxPixels);
  const metadata = await readHeader(source, rules.format, page);
  if (metadata.format !== rules.format) {
    throw new UnreadableImageError();
  }
  const { width, height } = metadata.autoOrient;
  if (width * height > rules.maxPixels) {
    throw new TooManyPixelsError(width, height, rules.maxPixels);
  }
  if (width < MIN_EDGE || height < MIN_EDGE) {
    throw new ImageTooSmallError('picture', width, height, MIN_EDGE);
  }
  rejectExcessiveWork(source, rules.format, rules.maxPixels);
  const color = readDeclaredColor(source, rules.format, metadata.icc);
  const square = rules.crop && findCentralSquare(rules.crop, width, height);
  return { source, page, width, height, color, interpretation: metadata.space, square };
}

/** Makes the decoder use the whole canvas of a GIF. libvips decodes all other formats on their canvas. */
function placeOnCanvas(source: Buffer, format: string): Pick<Inspection, 'source' | 'page'> {
  if (format !== 'gif') {
    return { source, page: undefined };
  }
  const { gif, firstPage } = placeOnGifCanvas(source);
  return { source: gif, page: firstPage };
}

async function readHeader(picture: Buffer, format: string, page: number | undefined): Promise<Metadata> {
  // No limit here, because sharp's error would not state the size. Reading a header costs almost nothing.
  const options = { limitInputPixels: false, ...HEADER_OPTIONS[format], ...(page !== undefined && { page }) };
  try {
    return await sharp(picture, options).metadata();
  } catch (error) {
    throw new UnreadableImageError(undefined, { cause: error });
  }
}

/** Returns the central square of a crop. Throws ImageTooSmallError. */
function findCentralSquare(crop: Crop, width: number, height: number): Square {
  const cropWidth = Math.round(crop.width * width);
  const cropHeight = Math.round(crop.height * height);
  const edge = Math.min(cropWidth, cropHeight);
  if (edge < MIN_EDGE) {
    throw new ImageTooSmallError('crop', cropWidth, cropHeight, MIN_EDGE);
  }
  const left = Math.round((crop.x + crop.width / 2) * width - edge / 2);
  const top = Math.round((crop.y + crop.height / 2) * height - edge / 2);
  return { left: clamp(left, width - edge), top: clamp(top, height - edge), edge };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
