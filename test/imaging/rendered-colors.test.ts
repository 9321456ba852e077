import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { render } from '../../src/imaging/render.ts';
import { iccChunk } from '../hostile/files/icc.ts';
import { cicpChunk, DISPLAY_P3_CHUNK, gammaChunk, insertPngChunks } from '../hostile/files/png.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EDGE = 64;
/** Maximum change of a color channel by the encoder, of 255. */
const LOSS = 3;
/** 203 nits, which become white, as a PQ value of 8 bits. */
const PQ_WHITE = '#949494';

const flat = (background = '#c86464', channels: 3 | 4 = 3) =>
  sharp({ create: { width: EDGE, height: EDGE, channels, background } });
const { icc: displayP3 = Buffer.alloc(0) } = await sharp(picturePath('display-p3.png')).metadata();
const { icc: grayProfile = Buffer.alloc(0) } = await sharp(picturePath('grey-alpha-16bit.png')).metadata();
const png = await flat().png().toBuffer();
const deepPng = await flat().toColourspace('rgb16').png().toBuffer();
const grayPng = (background: string, space: 'b-w' | 'grey16') =>
  flat(background).toColourspace(space).png().toBuffer();

test.for<[what: string, picture: () => Buffer | Promise<Buffer>, format: 'png' | 'heif', shown: string]>([
  ['a PNG with cICP', () => insertPngChunks(png, DISPLAY_P3_CHUNK), 'png', '#d75d61'],
  ['a PNG of 16 bits with cICP', () => insertPngChunks(deepPng, DISPLAY_P3_CHUNK), 'png', '#d75d61'],
  ['a PNG of 16 bits with a profile', () => insertPngChunks(deepPng, iccChunk(displayP3)), 'png', '#d75d61'],
  [
    'a PNG with a profile and cICP of sRGB',
    () => insertPngChunks(png, iccChunk(displayP3), cicpChunk(1, 13)),
    'png',
    '#c86464',
  ],
  [
    'a PNG with a palette and gAMA',
    async () => insertPngChunks(await flat().png({ palette: true }).toBuffer(), gammaChunk(1)),
    'png',
    '#e5a8a8',
  ],
  [
    'a gray PNG with gAMA',
    async () => insertPngChunks(await grayPng('#808080', 'b-w'), gammaChunk(1)),
    'png',
    '#bcbcbc',
  ],
  [
    'a gray PNG of 16 bits with gAMA',
    async () => insertPngChunks(await grayPng('#808080', 'grey16'), gammaChunk(1)),
    'png',
    '#bcbcbc',
  ],
  [
    'a gray PNG of 16 bits with a profile of gamma 2.2',
    async () => insertPngChunks(await grayPng('#1e1e1e', 'grey16'), iccChunk(grayProfile)),
    'png',
    '#181818',
  ],
  [
    'a transparent PNG with gAMA',
    async () => insertPngChunks(await flat('#80808080', 4).png().toBuffer(), gammaChunk(1)),
    'png',
    '#bcbcbc80',
  ],
  [
    'a PNG in PQ',
    async () => insertPngChunks(await flat(PQ_WHITE).png().toBuffer(), cicpChunk(9, 16)),
    'png',
    '#ffffff',
  ],
  ['an AVIF in Display P3', () => avifOf(flat(), 8, 12, 13), 'heif', '#d75d61'],
  ['an AVIF of 10 bits in PQ', () => avifOf(flat(PQ_WHITE), 10, 9, 16), 'heif', '#ffffff'],
])('%s shows the declared colors', async ([, picture, format, shown]) => {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  await writeFile(inputPath, await picture());
  await mkdir(outputDirectory);
  await render({ inputPath, outputDirectory, format, maxPixels: EDGE ** 2, sync: false });
  const { channels } = await sharp(join(outputDirectory, '64.webp')).stats();
  const expected = [...Buffer.from(shown.slice(1), 'hex')];
  expect(channels).toHaveLength(expected.length);
  for (const [index, { min, max }] of channels.entries()) {
    expect(Math.abs(min - (expected[index] ?? 0))).toBeLessThanOrEqual(LOSS);
    expect(Math.abs(max - (expected[index] ?? 0))).toBeLessThanOrEqual(LOSS);
  }
});

test.for([
  ['a small crop', 100],
  ['a crop that is cut from the shrunk picture', 1400],
] as const)('%s of a picture of 16 bits has the declared colors', async ([, edge]) => {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  const large = await flat()
    .resize(1500, 1500)
    .toColourspace('rgb16')
    .png({ compressionLevel: 1 })
    .toBuffer();
  await writeFile(inputPath, insertPngChunks(large, DISPLAY_P3_CHUNK));
  await mkdir(outputDirectory);
  const crop = { x: 0, y: 0, width: edge / 1500, height: edge / 1500 };
  await render({ inputPath, outputDirectory, format: 'png', maxPixels: 1500 ** 2, sync: false, crop });
  const { dominant } = await sharp(join(outputDirectory, '64.webp')).stats();
  expect(dominant).toEqual({ r: 216, g: 88, b: 104 });
});

/** Returns an AVIF whose `nclx` property has these code points. Only a lossless AVIF from libheif has the property. */
async function avifOf(
  picture: Sharp,
  bitdepth: 8 | 10,
  primaries: number,
  transfer: number,
): Promise<Buffer> {
  const avif = await picture
    .avif({ lossless: true, chromaSubsampling: '4:4:4', effort: 0, bitdepth })
    .toBuffer();
  const at = avif.indexOf('nclx');
  avif.writeUInt16BE(primaries, at + 4);
  avif.writeUInt16BE(transfer, at + 6);
  return avif;
}
