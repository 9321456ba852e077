import sharp from 'sharp';

const EDGE = 2000;
const QUALITY = 90;

/** A real JPEG of exactly this many bytes: noise, the most that a JPEG can hold, and zeros behind its end. */
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
