import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { picturePath } from '../support/pictures.ts';

/** Unmodified pictures that decode quickly. */
const SMALL_ORIGINALS = [
  'animated.gif',
  'big-height.webp',
  'corrupt-header.jpg',
  'display-p3.png',
  'grey-alpha-16bit.png',
  'truncated.jpg',
  'truncated.png',
];
const LARGE_ORIGINALS = [
  'cmyk.jpg',
  'orientation-6.jpg',
  'photo-2725x2225.jpg',
  'photo.avif',
  'photo.webp',
  'transparent.png',
];

export interface BasePictures {
  /** A few kilobytes each: every accepted type in several variants. */
  readonly small: readonly Buffer[];
  readonly large: readonly Buffer[];
}

/**
 * Reads the pictures to mutate: pictures of test/images, and smaller pictures made from them. No smaller picture has
 * the size of a rendition, because encoding a picture again at its own size hardly changes its bytes.
 */
export async function readBasePictures(): Promise<BasePictures> {
  const read = (names: readonly string[]) => Promise.all(names.map((name) => readFile(picturePath(name))));
  return {
    small: [...(await read(SMALL_ORIGINALS)), ...(await shrink())],
    large: await read(LARGE_ORIGINALS),
  };
}

async function shrink(): Promise<Buffer[]> {
  const photo = sharp(picturePath('orientation-6.jpg')).resize(96, 72);
  const transparent = sharp(picturePath('transparent.png')).resize(80, 64).ensureAlpha(0.5);
  const grey = sharp(picturePath('grey-alpha-16bit.png')).resize(72, 72);
  const frames = await Promise.all(
    [0, 90, 180].map((angle) => transparent.clone().rotate(angle).resize(72, 72).png().toBuffer()),
  );
  const animated = () => sharp(frames, { join: { animated: true } });
  const withMetadata = photo
    .clone()
    .withExif({ IFD0: { Copyright: 'Ada' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/51/30' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    .withIccProfile('p3');
  return Promise.all(
    [
      photo.clone().jpeg(),
      photo.clone().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
      photo.clone().grayscale().jpeg(),
      photo.clone().toColourspace('cmyk').jpeg(),
      withMetadata.clone().jpeg(),
      photo.clone().png(),
      photo.clone().png({ palette: true }),
      transparent.clone().png({ progressive: true }),
      grey.clone().toColourspace('grey16').png(),
      withMetadata.clone().png(),
      photo.clone().webp(),
      photo.clone().webp({ lossless: true }),
      transparent.clone().webp(),
      withMetadata.clone().webp(),
      animated().webp(),
      photo.clone().gif(),
      animated().gif(),
      photo.clone().avif({ effort: 0 }),
      transparent.clone().avif({ effort: 0 }),
      withMetadata.clone().avif({ effort: 0, bitdepth: 8 }),
    ].map((picture) => picture.toBuffer()),
  );
}
