import sharp, { type Metadata } from 'sharp';
import { isApplicableProfile } from './containers/icc-profile.ts';
import { ImageTooSmallError, TooManyPixelsError, UnreadableImageError } from './errors.ts';
import { keepDecodedParts, refuseAbsurdWork, refuseHugeSize } from './limit-work.ts';
import { MIN_EDGE } from './renditions.ts';

/** Fractions 0..1 of the upright picture. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** In pixels of the upright picture. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly edge: number;
}

export interface Inspection {
  /** The picture without the frames, tracks and texts that no rendition needs. */
  readonly source: Buffer;
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** True if the decoder must not apply the picture's colour profile, because that may take too long. */
  readonly ignoreProfile: boolean;
  /** Where the crop lies, if there is one. */
  readonly square: Square | undefined;
}

export interface InspectionRules {
  /** What sharp must find, since it is what the first bytes said. */
  readonly format: string;
  readonly maxPixels: number;
  readonly crop?: Crop;
}

/**
 * Checks a picture's size and the work of decoding it from its headers, without decoding a pixel.
 * Throws UnreadableImageError, TooManyPixelsError or ImageTooSmallError.
 */
export async function inspect(picture: Buffer, rules: InspectionRules): Promise<Inspection> {
  const source = keepDecodedParts(picture, rules.format);
  refuseHugeSize(source, rules.format, rules.maxPixels);
  const metadata = await readHeader(source);
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
  refuseAbsurdWork(source, rules.format, rules.maxPixels);
  const ignoreProfile = metadata.icc !== undefined && !isApplicableProfile(metadata.icc);
  const square = rules.crop && squareOf(rules.crop, width, height);
  return { source, width, height, ignoreProfile, square };
}

async function readHeader(picture: Buffer): Promise<Metadata> {
  try {
    // No limit here: sharp would refuse without telling the size, and a header costs nothing.
    return await sharp(picture, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw new UnreadableImageError(undefined, { cause: error });
  }
}

/** The central square of a crop. */
function squareOf(crop: Crop, width: number, height: number): Square {
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
