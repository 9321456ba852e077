import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { isApplicableProfile } from '../../src/imaging/containers/icc-profile.ts';
import { render } from '../../src/imaging/render.ts';
import {
  addIccTag,
  endOfIccTable,
  ICC_CONNECTION_SPACE_AT,
  iccChunk,
  iccSegments,
  iccSteps,
} from '../hostile/files/icc.ts';
import { insertSegments, JPEG_MARKERS, removeSegments } from '../hostile/files/jpeg.ts';
import { insertPngChunks } from '../hostile/files/png.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EDGE = 64;
const flat = sharp({ create: { width: EDGE, height: EDGE, channels: 3, background: '#c84028' } });
const photo = sharp(picturePath('photo.webp')).resize(EDGE, EDGE);
const png = await flat.clone().png().toBuffer();
const displayP3 = await profileOf(await readFile(picturePath('display-p3.png')));

describe('a decoder applies a color profile', () => {
  test.for(['p3', 'srgb', 'cmyk'])('of the kind %s', async (name) => {
    const picture = await flat.clone().withIccProfile(name).jpeg().toBuffer();
    expect(isApplicableProfile(await profileOf(picture))).toBe(true);
  });

  test('of a display', async () => {
    expect(isApplicableProfile(displayP3)).toBe(true);
    const plain = await renderPixels(png);
    expect(await renderPixels(insertPngChunks(png, iccChunk(displayP3)))).not.toEqual(plain);
  });
});

describe('a decoder ignores a color profile', () => {
  test.for(['D2B0', 'D2B1', 'D2B3', 'B2D0', 'A2B0', 'zzzz'])(
    'with processing steps in its %s tag',
    (name) => {
      expect(isApplicableProfile(addIccTag(displayP3, name, iccSteps(2, 0.5)))).toBe(false);
    },
  );

  test.for<[what: string, make: () => Buffer]>([
    ['that is empty', () => Buffer.alloc(0)],
    ['without a tag table', () => displayP3.subarray(0, 130)],
    ['whose tag table is truncated', () => displayP3.subarray(0, 140)],
    ['larger than 4 MB', () => addIccTag(displayP3, 'zzzz', Buffer.alloc(4_000_000))],
    [
      'with more than 100 tags',
      () =>
        Array.from({ length: 100 }).reduce<Buffer>(
          (icc) => addIccTag(icc, 'zzzz', Buffer.alloc(4)),
          displayP3,
        ),
    ],
  ])('%s', ([, make]) => {
    expect(isApplicableProfile(make())).toBe(false);
  });

  test.for<[what: string, damage: (profile: Buffer) => void]>([
    ['whose tag data is overwritten', (profile) => profile.fill(0xee, endOfIccTable(profile))],
    ['with an unknown color space', (profile) => profile.write('XXXX', ICC_CONNECTION_SPACE_AT)],
  ])('%s, which libvips cannot apply to a CMYK JPEG', async ([, damage]) => {
    const cmyk = await photo.clone().toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer();
    const profile = await profileOf(cmyk);
    const damaged = Buffer.from(profile);
    damage(damaged);
    const bare = removeSegments(cmyk, JPEG_MARKERS.app2);
    const pictures = [damaged, profile].map((icc) => insertSegments(bare, ...iccSegments(icc)));
    const [withDamaged, withWhole] = await Promise.all(pictures.map((jpeg) => renderPixels(jpeg, 'jpeg')));
    // Without a profile, libvips applies its default CMYK profile, which is also the profile of this picture.
    expect(withDamaged).toEqual(withWhole);
    expect(withDamaged).toEqual(await renderPixels(bare, 'jpeg'));
  });

  test.for<[what: string, format: 'png' | 'webp' | 'avif', sharpFormat: string]>([
    ['a PNG', 'png', 'png'],
    ['a WebP', 'webp', 'webp'],
    ['an AVIF', 'avif', 'heif'],
  ])('whose tag data is overwritten, in %s', async ([, format, sharpFormat]) => {
    const picture = await photo.clone().withIccProfile('p3').toFormat(format).toBuffer();
    const profile = await profileOf(picture);
    const damaged = Buffer.from(profile).fill(0xee, endOfIccTable(profile));
    // A PNG stores the profile compressed.
    const file =
      format === 'png'
        ? insertPngChunks(await photo.clone().png().toBuffer(), iccChunk(damaged))
        : replaceBytes(picture, profile, damaged);
    expect(await profileOf(file)).toEqual(damaged);
    const pixels = await renderPixels(file, sharpFormat);
    expect(pixels).not.toEqual(await renderPixels(picture, sharpFormat));
  });

  test('and renders the picture as if it had none', async () => {
    const profile = addIccTag(displayP3, 'D2B0', iccSteps(2, 0.5));
    expect(await renderPixels(insertPngChunks(png, iccChunk(profile)))).toEqual(await renderPixels(png));
  });
});

async function profileOf(picture: Buffer): Promise<Buffer> {
  const { icc } = await sharp(picture).metadata();
  if (icc === undefined) {
    throw new Error('The picture has no profile.');
  }
  return icc;
}

/** Returns a copy of a file in which some bytes are replaced with the same number of other bytes. */
function replaceBytes(file: Buffer, from: Buffer, to: Buffer): Buffer {
  const replaced = Buffer.from(file);
  to.copy(replaced, replaced.indexOf(from));
  return replaced;
}

/** Renders a picture and returns the pixels of its largest rendition. */
async function renderPixels(picture: Buffer, format = 'png'): Promise<Buffer> {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  await writeFile(inputPath, picture);
  await mkdir(outputDirectory);
  await render({ inputPath, outputDirectory, format, maxPixels: EDGE ** 2, sync: false });
  return await sharp(join(outputDirectory, '64.webp')).raw().toBuffer();
}
