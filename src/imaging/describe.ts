import sharp from 'sharp';
import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash';
import { OPAQUE_BACKGROUND, type Pixels, toPixels } from './pixels.ts';

/** Colors that a page can show before it has loaded the picture. */
export interface Description {
  /** Data URL of the picture's ThumbHash, drawn as a WebP. It has a few hundred characters. */
  readonly placeholder: string;
  /** Color in the form `#rrggbb`. */
  readonly dominantColor: string;
}

/** Edge length in pixels. ThumbHash accepts at most 100. */
const PLACEHOLDER_SIZE = 64;
const PLACEHOLDER_QUALITY = 50;

/** Describes the colors of a picture's sRGB pixels. */
export async function describe({ data, raw }: Pixels): Promise<Description> {
  const small = await toPixels(sharp(data, { raw }).resize(PLACEHOLDER_SIZE, PLACEHOLDER_SIZE).ensureAlpha());
  const flat = await toPixels(
    sharp(small.data, { raw: small.raw }).flatten({ background: OPAQUE_BACKGROUND }),
  );
  const { dominant } = await sharp(flat.data, { raw: flat.raw }).stats();
  const hex = [dominant.r, dominant.g, dominant.b].map((value) => value.toString(16).padStart(2, '0'));
  return {
    placeholder: await drawPlaceholder(rgbaToThumbHash(PLACEHOLDER_SIZE, PLACEHOLDER_SIZE, small.data)),
    dominantColor: `#${hex.join('')}`,
  };
}

/** Returns a ThumbHash as a WebP of a few hundred bytes. thumbhash's own data URL is an uncompressed PNG of 6 KB. */
async function drawPlaceholder(hash: Uint8Array): Promise<string> {
  const { w: width, h: height, rgba } = thumbHashToRGBA(hash);
  const webp = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .webp({ quality: PLACEHOLDER_QUALITY })
    .toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}
