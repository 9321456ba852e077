import { join } from 'node:path';
import sharp from 'sharp';

const EDGE = 2000;
const QUALITY = 90;

const PHOTOGRAPH = join(import.meta.dirname, '../../test/images/photo-2725x2225.jpg');
/** 40 megapixels, at a quality that uses most of the 5 MiB that a file may have. */
const LARGE = { width: 7304, height: 5478, quality: 93 };

/** Returns a real JPEG of exactly this many bytes. It contains noise, which compresses worst, and zeros after its end. */
export async function noisyJpeg(bytes: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const picture = await sharp({
    create: { width: EDGE, height: EDGE, channels: 3, background: 'gray', noise },
  })
    .jpeg({ quality: QUALITY })
    .toBuffer();
  if (picture.length > bytes) {
    throw new Error(`The picture has ${picture.length} bytes, more than ${bytes}.`);
  }
  return Buffer.concat([picture, Buffer.alloc(bytes - picture.length)]);
}

/** Returns a photograph of 40 megapixels and 4.7 MiB, as from a large camera. */
export function largePhotograph(): Promise<Buffer> {
  return sharp(PHOTOGRAPH)
    .resize(LARGE.width, LARGE.height, { fit: 'cover' })
    .sharpen()
    .jpeg({ quality: LARGE.quality })
    .toBuffer();
}
