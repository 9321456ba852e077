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
 * Reads the pictures to be mutated: pictures of test/images, and smaller pictures made from them. None of these has the
 * size of a rendition, because encoding a picture again with the same encoder and size hardly changes its bytes.
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
  const clear = sharp(picturePath('transparent.png')).resize(80, 64).ensureAlpha(0.5);
  const grey = sharp(picturePath('grey-alpha-16bit.png')).resize(72, 72);
  const frames = await Promise.all(
    [0, 90, 180].map((angle) => clear.clone().rotate(angle).resize(72, 72).png().toBuffer()),
  );
  const moving = () => sharp(frames, { join: { animated: true } });
  const described = photo
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
      described.clone().jpeg(),
      photo.clone().png(),
      photo.clone().png({ palette: true }),
      clear.clone().png({ progressive: true }),
      grey.clone().toColourspace('grey16').png(),
      described.clone().png(),
      photo.clone().webp(),
      photo.clone().webp({ lossless: true }),
      clear.clone().webp(),
      described.clone().webp(),
      moving().webp(),
      photo.clone().gif(),
      moving().gif(),
      photo.clone().avif({ effort: 0 }),
      clear.clone().avif({ effort: 0 }),
      described.clone().avif({ effort: 0, bitdepth: 8 }),
    ].map((picture) => picture.toBuffer()),
  );
}
