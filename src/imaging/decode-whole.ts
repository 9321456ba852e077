import type { SharpOptions } from 'sharp';
import { hasAllGifPixels } from './containers/gif-pixels.ts';
import { hasAllBlocks } from './containers/jpeg-coverage.ts';
import { hasExactRows, repairPng } from './containers/png-pixels.ts';
import { sealJpeg } from './containers/sealed-jpeg.ts';
import { UnreadableImageError } from './errors.ts';

/** Bytes for a decoder, and what the decoder ignores in them. */
export interface DecoderInput {
  readonly bytes: Buffer;
  readonly options: Pick<SharpOptions, 'failOn' | 'unlimited'>;
}

export interface DecoderRules {
  /** sharp's name of the format. */
  readonly format: string;
  /** Number of frames at the start of a GIF that are decoded. */
  readonly frames: number;
  /** True if `decode` reads every row of the picture. Then the decoder itself can report that pixels are missing. */
  readonly readsAll: boolean;
}

/** Options that ignore every fault of a picture, because this module has checked the picture. */
const IGNORE_FAULTS = { failOn: 'none' } as const;
/** By default, libvips rejects a JPEG after a hundred warnings. `limit-work.ts` has limited the number of scans. */
const IGNORE_JPEG_WARNINGS = { unlimited: true } as const;

/** Options that read the header of a picture whatever its other faults are. */
export const HEADER_OPTIONS: Readonly<Record<string, DecoderInput['options']>> = {
  jpeg: IGNORE_JPEG_WARNINGS,
  gif: IGNORE_FAULTS,
};

/**
 * Decodes a picture if it has all its pixels. The result does not depend on which part of the picture is decoded, on a
 * missing end, or on the number of the decoder's warnings. See docs/decisions/missing-pixels.md.
 * @param decode decodes some or all of the pixels. Throws if the decoder reports an error.
 * @throws UnreadableImageError, or an error of `decode`.
 */
export async function decodeWhole<Pixels>(
  picture: Buffer,
  { format, frames, readsAll }: DecoderRules,
  decode: Decode<Pixels>,
): Promise<Pixels> {
  switch (format) {
    case 'jpeg':
      return decodeJpeg(picture, readsAll, decode);
    case 'png':
      return decodePng(picture, readsAll, decode);
    case 'gif':
      return decodeChecked(decode({ bytes: picture, options: IGNORE_FAULTS }), () =>
        hasAllGifPixels(picture, frames),
      );
    default:
      // The decoders of WebP and AVIF decode the whole picture, whatever the crop is, and report missing data.
      return decode({ bytes: picture, options: { failOn: 'error' } });
  }
}

type Decode<Pixels> = (input: DecoderInput) => Promise<Pixels>;

async function decodeJpeg<Pixels>(jpeg: Buffer, readsAll: boolean, decode: Decode<Pixels>): Promise<Pixels> {
  const lenient = { bytes: jpeg, options: { ...IGNORE_FAULTS, ...IGNORE_JPEG_WARNINGS } };
  const sealed = readsAll ? sealJpeg(jpeg) : undefined;
  if (sealed === undefined) {
    return decodeChecked(decode(lenient), () => hasAllBlocks(jpeg));
  }
  try {
    return await decode({ bytes: sealed, options: { failOn: 'truncated', ...IGNORE_JPEG_WARNINGS } });
  } catch (error) {
    if (!hasAllBlocks(jpeg)) {
      throw error;
    }
    return decode(lenient);
  }
}

async function decodePng<Pixels>(png: Buffer, readsAll: boolean, decode: Decode<Pixels>): Promise<Pixels> {
  const strict = (bytes: Buffer) => decode({ bytes, options: { failOn: 'error' } });
  try {
    return await (readsAll ? strict(png) : decodeChecked(strict(png), () => hasExactRows(png)));
  } catch (error) {
    const repaired = await repairPng(png);
    if (repaired === undefined) {
      throw error;
    }
    return strict(repaired);
  }
}

/**
 * Checks a picture in this thread, while a thread of libvips decodes it. Waits for both. Throws UnreadableImageError if
 * the check fails.
 */
async function decodeChecked<Pixels>(
  decoding: Promise<Pixels>,
  hasAllPixels: () => boolean | Promise<boolean>,
): Promise<Pixels> {
  // If decoding fails during the check, the error must not count as unhandled.
  decoding.catch(() => {});
  const isWhole = await hasAllPixels();
  const pixels = await decoding;
  if (!isWhole) {
    throw new UnreadableImageError();
  }
  return pixels;
}
