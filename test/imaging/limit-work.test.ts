import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { checkAvifSizes } from '../../src/imaging/containers/avif-sizes.ts';
import { countAvifPixels } from '../../src/imaging/containers/avif-work.ts';
import { removePngTexts } from '../../src/imaging/containers/png-texts.ts';
import { TooManyPixelsError, UnreadableImageError } from '../../src/imaging/errors.ts';
import { inspect } from '../../src/imaging/inspect.ts';
import { render } from '../../src/imaging/render.ts';
import {
  type AvifItem,
  box,
  claimAvifSize,
  codedData,
  codedItem,
  cropProperty,
  gridOfAvif,
  makeAvif,
  overlayItem,
  repeatFrame,
  sizeProperty,
} from '../hostile/files/avif.ts';
import { gifComment, gifFrame, insertGifBlocks, makeGif } from '../hostile/files/gif.ts';
import { insertSegments, JPEG_MARKERS, jpegOfManyScans, jpegSegment } from '../hostile/files/jpeg.ts';
import { insertPngChunks, makePng, pngChunk } from '../hostile/files/png.ts';
import { animatedWebp, webpChunk, webpChunks, webpFrame } from '../hostile/files/webp.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EDGE = 64;
/** Maximum pixels of all pictures here. The decoder of an AVIF may make 2.5 times as many. */
const MAX_PIXELS = 4 * EDGE ** 2;

const flat = (width = EDGE, height = width, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: '#123456' } });
const jpeg = await flat().jpeg().toBuffer();
const avif = await flat().avif({ effort: 0 }).toBuffer();

/** Reads a picture as a decoder does before it decodes. No pixel is decoded. */
const look = (picture: Buffer, format: string) => inspect(picture, { format, maxPixels: MAX_PIXELS });

async function expectRefusal(picture: Buffer, format: string): Promise<void> {
  await expect(look(picture, format)).rejects.toThrow(UnreadableImageError);
}

/** Renders a picture, and returns the pixels of its renditions. */
async function renderPixels(picture: Buffer, format: string): Promise<Buffer> {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  await writeFile(inputPath, picture);
  await mkdir(outputDirectory);
  await render({ inputPath, outputDirectory, format, maxPixels: MAX_PIXELS, sync: false });
  return await readFile(join(outputDirectory, '64.webp'));
}

describe('a JPEG', () => {
  test('of 64 scans is decoded, of one more it is not', async () => {
    // The generator adds the scan of the lowest frequency.
    await renderPixels(jpegOfManyScans(EDGE, 63), 'jpeg');
    await expectRefusal(jpegOfManyScans(EDGE, 64), 'jpeg');
  });

  test.for([
    { what: 'progressive', options: { progressive: true } },
    { what: 'progressive, with scans that mozjpeg searched for', options: { mozjpeg: true } },
  ])('that is $what is decoded', async ({ options }) => {
    const photo = sharp(picturePath('photo.webp')).resize(EDGE * 2);
    await renderPixels(await photo.clone().jpeg(options).toBuffer(), 'jpeg');
    await renderPixels(await photo.clone().toColourspace('cmyk').jpeg(options).toBuffer(), 'jpeg');
  });

  test('may have any number of scans in its metadata and behind its end', async () => {
    const scans = Buffer.from('ffda0000'.repeat(100), 'hex');
    const picture = insertSegments(jpeg, jpegSegment(JPEG_MARKERS.app1, scans));
    await renderPixels(Buffer.concat([picture, Buffer.alloc(2), scans]), 'jpeg');
  });

  test('hides no scan behind fill bytes, bytes without a meaning and markers without a length', async () => {
    const picture = jpegOfManyScans(EDGE, 63);
    const end = picture.length - 2;
    const scan = picture.subarray(picture.lastIndexOf(Buffer.from('ffda', 'hex')), end);
    for (const before of ['ff', 'ffff', '00ff00', 'ffd0', 'ff01', 'ff02']) {
      const hidden = Buffer.concat([picture.subarray(0, end), Buffer.from(before, 'hex'), scan]);
      await expectRefusal(Buffer.concat([hidden, picture.subarray(end)]), 'jpeg');
    }
  });

  test.for([0xc9, 0xca])('with arithmetic coding (SOF %i) is not decoded', async (marker) => {
    const arithmetic = Buffer.from(jpeg);
    arithmetic[arithmetic.indexOf(Buffer.from([0xff, JPEG_MARKERS.frame])) + 1] = marker;
    await expectRefusal(arithmetic, 'jpeg');
  });
});

describe('an AVIF', () => {
  const coded = (id: number) => codedItem(id, avif);
  const alphaOf = (id: number, master: number): AvifItem => ({ ...coded(id), alphaOf: master });

  test.for<[what: string, make: () => Buffer | Promise<Buffer>]>([
    [
      'photograph',
      () =>
        sharp(picturePath('photo.webp'))
          .resize(2 * EDGE)
          .avif({ effort: 0 })
          .toBuffer(),
    ],
    [
      'transparent picture',
      () =>
        flat(2 * EDGE, 2 * EDGE, 4)
          .avif({ effort: 0 })
          .toBuffer(),
    ],
    ['grid that its tiles fill', () => gridOfAvif(avif, { width: 128, height: 128, rows: 2, columns: 2 })],
    ['grid with a part of a tile', () => gridOfAvif(avif, { width: 65, height: 100, rows: 2, columns: 2 })],
    ['picture with bytes behind its last box', () => Buffer.concat([avif, Buffer.alloc(5, 0xff)])],
    ['picture of two layers', () => makeAvif([codedItem(1, avif, repeatFrame(codedData(avif), 2))])],
  ])('that is a %s is decoded', async ([, make]) => {
    await renderPixels(await make(), 'heif');
  });

  test.for<[what: string, make: () => Buffer]>([
    ['a row of tiles outside', () => gridOfAvif(avif, { width: 128, height: 64, rows: 2, columns: 2 })],
    ['a column of tiles outside', () => gridOfAvif(avif, { width: 64, height: 128, rows: 2, columns: 2 })],
    ['tiles larger than the picture', () => gridOfAvif(avif, { width: 40, height: 40, rows: 3, columns: 3 })],
    [
      'a grid that its tiles do not fill',
      () => gridOfAvif(avif, { width: 129, height: 64, rows: 1, columns: 2 }),
    ],
    ['more frames than layers', () => makeAvif([codedItem(1, avif, repeatFrame(codedData(avif), 5))])],
    [
      'frames larger than the picture',
      () => makeAvif([{ ...coded(1), properties: [sizeProperty(63, 64), ...coded(1).properties.slice(1)] }]),
    ],
    [
      'overlays in overlays',
      () => makeAvif([...[1, 2, 3, 4].map((id) => overlayItem(id, 64, 64, [id + 1, id + 1])), coded(5)]),
    ],
  ])('with %s is not decoded', async ([, make]) => {
    await expectRefusal(make(), 'heif');
  });

  // libheif refuses some of these too.
  test.for<[what: string, items: readonly AvifItem[]]>([
    ['no AV1 data', [codedItem(1, avif, Buffer.alloc(0))]],
    ['an item of another codec', [{ ...coded(1), type: 'hvc1' }]],
    ['an item that is put together of itself', [overlayItem(1, EDGE, EDGE, [1])]],
    ['items that are put together of each other', [overlayItem(1, 9, 9, [2]), overlayItem(2, 9, 9, [1])]],
    ['an item that is its own transparency', [alphaOf(1, 1)]],
    ['two items of the same id', [coded(1), coded(1)]],
    ['an item that is not there', [overlayItem(1, EDGE, EDGE, [2])]],
  ])('contradicts itself with %s', ([, items]) => {
    expect(() => countAvifPixels(makeAvif(items))).toThrow(UnreadableImageError);
  });

  const TILE = EDGE ** 2;
  test.for<[what: string, pixels: number, items: readonly AvifItem[]]>([
    ['a picture', TILE, [coded(1)]],
    ['frames', 3 * TILE, [codedItem(1, avif, repeatFrame(codedData(avif), 3))]],
    ['a transparency', 2 * TILE, [coded(1), alphaOf(2, 1)]],
    ['a transparency of each part', 4 * TILE + 1, [overlayItem(1, 1, 1, [2, 2]), coded(2), alphaOf(3, 2)]],
    ['an overlay and its surface', 10 * TILE + 12, [overlayItem(1, 3, 4, Array(10).fill(2)), coded(2)]],
    ['an item that nothing needs', TILE, [coded(1), coded(2)]],
  ])('has the pixels of %s', ([, pixels, items]) => {
    expect(countAvifPixels(makeAvif(items)).decoded).toBe(pixels);
  });

  const transformation = (type: string) => box(type, Buffer.from([1]));
  const turned = (item: AvifItem, ...types: readonly string[]): AvifItem => ({
    ...item,
    properties: [...item.properties, ...types.map(transformation)],
  });
  const copyItem = (id: number, input: number): AvifItem => ({
    id,
    type: 'iden',
    data: Buffer.alloc(1),
    properties: [sizeProperty(EDGE, EDGE)],
    inputs: [input],
  });

  test.for(['irot', 'imir', 'clap'])('with %s twice for an item is not decoded', (type) => {
    const repeated = [turned(coded(1), type, type)];
    const repeatedByCopy = [turned(copyItem(1, 2), type, type), coded(2)];
    expect(() => countAvifPixels(makeAvif(repeated))).toThrow(UnreadableImageError);
    expect(() => countAvifPixels(makeAvif(repeatedByCopy))).toThrow(UnreadableImageError);
  });

  const cropped = (crop: Buffer, ...before: readonly Buffer[]) =>
    makeAvif([{ ...coded(1), properties: [...coded(1).properties, ...before, crop] }]);
  const wide = async () =>
    codedItem(
      1,
      await flat(2 * EDGE, EDGE)
        .avif({ effort: 0 })
        .toBuffer(),
    );

  test.for<[what: string, crop: Buffer, width: number, height: number]>([
    ['the whole', cropProperty({ width: [64, 1], height: [64, 1] }), 64, 64],
    ['its middle', cropProperty({ width: [32, 1], height: [40, 1] }), 32, 40],
    ['fractions of pixels', cropProperty({ width: [65, 2], height: [97, 3] }), 33, 32],
    ['a corner', cropProperty({ width: [32, 1], height: [32, 1], right: [-16, 1], down: [-32, 2] }), 32, 32],
    [
      'another corner',
      cropProperty({ width: [32, 1], height: [32, 1], right: [16, 1], down: [31, 2] }),
      32,
      32,
    ],
  ])('cropped to %s is read', async ([, crop, width, height]) => {
    expect(await look(cropped(crop), 'heif')).toMatchObject({ width, height });
  });

  test.for<[what: string, crop: Buffer]>([
    ['wider than the picture', cropProperty({ width: [65, 1], height: [64, 1] })],
    ['a little higher than the picture', cropProperty({ width: [64, 1], height: [0x1000_0001, 0x40_0000] })],
    ['of 2^31 - 1 pixels', cropProperty({ width: [2 ** 31 - 1, 1], height: [2 ** 31 - 1, 1] })],
    ['of 2^32 - 1 pixels', cropProperty({ width: [2 ** 32 - 1, 1], height: [2 ** 32 - 1, 1] })],
    ['of no pixels', cropProperty({ width: [0, 1], height: [32, 1] })],
    ['with a zero as a denominator of its width', cropProperty({ width: [32, 0], height: [32, 1] })],
    ['with a zero as a denominator of its height', cropProperty({ width: [32, 1], height: [32, 0] })],
    [
      'with a zero as a denominator of its place',
      cropProperty({ width: [32, 1], height: [32, 1], right: [0, 0] }),
    ],
    ['beyond the right edge', cropProperty({ width: [32, 1], height: [32, 1], right: [33, 2] })],
    ['beyond the top edge', cropProperty({ width: [32, 1], height: [32, 1], down: [-17, 1] })],
    ['far away', cropProperty({ width: [32, 1], height: [32, 1], down: [-(2 ** 31), 1] })],
    ['that is cut off', box('clap', Buffer.alloc(16, 1))],
  ])('with a crop %s is refused before libvips reads its size', async ([, crop]) => {
    expect(() => checkAvifSizes(cropped(crop))).toThrow(UnreadableImageError);
    await expectRefusal(cropped(crop), 'heif');
  });

  test('that is turned before it is cropped has its height as its width', async () => {
    const [item, turn] = [await wide(), box('irot', Buffer.from([1]))];
    const [low, high] = [
      cropProperty({ width: [32, 1], height: [128, 1] }),
      cropProperty({ width: [128, 1], height: [32, 1] }),
    ];
    const withAll = (...transformations: readonly Buffer[]) =>
      makeAvif([{ ...item, properties: [...item.properties, ...transformations] }]);
    expect(await look(withAll(turn, low), 'heif')).toMatchObject({ width: 32, height: 128 });
    expect(await look(withAll(high, turn), 'heif')).toMatchObject({ width: 32, height: 128 });
    expect(() => checkAvifSizes(withAll(turn, high))).toThrow(UnreadableImageError);
    expect(() => checkAvifSizes(withAll(low, turn))).toThrow(UnreadableImageError);
  });

  test('of more than 256 tiles of the largest frames is refused before libvips reads its size', async () => {
    const largest = 2 ** 24;
    await expect(look(claimAvifSize(avif, largest, EDGE), 'heif')).rejects.toThrow(TooManyPixelsError);
    for (const edge of [largest + 1, 2 ** 31 - 1, 2 ** 32 - 1]) {
      expect(() => checkAvifSizes(claimAvifSize(avif, edge, EDGE))).toThrow(UnreadableImageError);
      await expectRefusal(claimAvifSize(avif, EDGE, edge), 'heif');
    }
  });

  test('of more than 256 properties of an item is refused', () => {
    const [size = Buffer.alloc(0)] = coded(1).properties;
    const [first, second] = [200, 100].map((count) => Array<Buffer>(count).fill(size));
    const picture = makeAvif([
      { ...coded(1), properties: first ?? [] },
      { ...coded(2), properties: second ?? [] },
    ]);
    expect(() => checkAvifSizes(picture)).not.toThrow();
    // An entry has the item's id, the number of properties, and a byte for each.
    const firstEntry = picture.indexOf('ipma') + 12;
    picture.writeUInt16BE(1, firstEntry + 3 + 200);
    expect(() => checkAvifSizes(picture)).toThrow(UnreadableImageError);
  });

  test('is decoded with each turn once, also of its transparency', async () => {
    const alpha = alphaOf(2, 1);
    const auxiliary = box('auxC', Buffer.from('\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0'));
    const described = { ...alpha, properties: [...alpha.properties, auxiliary] };
    const items = [turned(coded(1), 'irot', 'imir'), turned(described, 'irot', 'imir')];
    expect(countAvifPixels(makeAvif(items))).toEqual({ decoded: 2 * TILE, turned: 4 * TILE });
    await renderPixels(makeAvif(items), 'heif');
  });

  test('of copies that turn copies is decoded up to a bound', async () => {
    // MAX_PIXELS allows to turn 20 tiles.
    const chain = (copies: number) =>
      Array.from({ length: copies }, (_, index) => turned(copyItem(index + 1, index + 2), 'irot', 'imir'));
    const chained = (copies: number) => makeAvif([...chain(copies), coded(copies + 1)]);
    expect(countAvifPixels(chained(10))).toEqual({ decoded: TILE, turned: 20 * TILE });
    await expectRefusal(chained(11), 'heif');
    await look(chained(10), 'heif');
  });

  test('that moves is decoded as the still picture that it has, and its tracks are not read', async () => {
    const withTwo = (type: string) =>
      Buffer.concat([avif, ...[1, 2].map(() => box(type, box('trak', Buffer.alloc(99))))]);
    const moving = withTwo('moov');
    expect((await look(moving, 'heif')).source).toEqual(withTwo('free'));
    expect(moving).toEqual(withTwo('moov'));
    expect(await renderPixels(moving, 'heif')).toEqual(await renderPixels(avif, 'heif'));
  });

  test.for([
    { brands: 'avisavifavismsf1mif1' },
    { brands: 'msf1msf1avifmif1miaf' },
    { brands: 'mif1avismsf1mif1miaf' },
  ])('that moves is decoded by the brands of a still picture, not by $brands', async ({ brands }) => {
    const moving = await readFile(picturePath('animated.avif'));
    const [major, compatible] = [brands.slice(0, 4), brands.slice(4)];
    const fileType = box('ftyp', Buffer.from(`${major}\0\0\0\0${compatible}`, 'latin1'));
    const rest = moving.subarray(moving.readUInt32BE(0));
    // Offsets count from the start of the file.
    const filler = box('free', Buffer.alloc(moving.length - rest.length - fileType.length - 8));
    const branded = Buffer.concat([fileType, filler, rest]);
    expect(await renderPixels(branded, 'heif')).toEqual(await renderPixels(moving, 'heif'));
  });

  test.for<[what: string, cut: (moving: Buffer, tracksAt: number) => Buffer]>([
    ['in their middle', (moving, tracksAt) => moving.subarray(0, tracksAt + 300)],
    ['after their header', (moving, tracksAt) => moving.subarray(0, tracksAt + 8)],
    ['before their header', (moving, tracksAt) => moving.subarray(0, tracksAt)],
    ['in their header', (moving, tracksAt) => moving.subarray(0, tracksAt + 5)],
  ])('whose tracks are cut off %s is decoded as its still picture', async ([, cut]) => {
    const still = makeAvif([coded(1)]);
    // The brands of an animation in the place of as many others.
    still.write('avis\0\0\0\0avismsf1avif', 8, 'latin1');
    const tracks = box('moov', box('trak', Buffer.alloc(999)));
    const moving = Buffer.concat([still, tracks]);
    expect(await renderPixels(cut(moving, still.length), 'heif')).toEqual(await renderPixels(avif, 'heif'));
  });

  test('that doubles its items at each of 40 levels is counted at once', () => {
    const levels = Array.from({ length: 40 }, (_, level) =>
      overlayItem(level + 1, 1, 1, [level + 2, level + 2]),
    );
    expect(countAvifPixels(makeAvif([...levels, coded(41)])).decoded).toBeGreaterThan(2 ** 40);
  });
});

describe('a PNG', () => {
  const texts = ['tEXt', 'zTXt', 'iTXt'].map((type) => pngChunk(type, Buffer.from('Comment\0\0\0\0\0a')));

  test('is decoded without its texts, before and after the pixels, and with all other chunks', async () => {
    const described = await flat(EDGE, EDGE / 2, 4)
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 })
      .png({ palette: true })
      .toBuffer();
    const before = insertPngChunks(described, ...texts, pngChunk('abCd'), ...texts);
    const end = before.length - pngChunk('IEND').length;
    const picture = Buffer.concat([before.subarray(0, end), ...texts, before.subarray(end)]);
    expect((await look(picture, 'png')).source).toEqual(insertPngChunks(described, pngChunk('abCd')));
    expect(await renderPixels(picture, 'png')).toEqual(await renderPixels(described, 'png'));
  });

  test('wider than libvips can read is refused with its true size', async () => {
    const wide = (width: number) => makePng({ width, height: 2, pixels: Buffer.alloc(9) });
    await expect(look(wide(100_000_001), 'png')).rejects.toMatchObject({
      name: 'TooManyPixelsError',
      width: 100_000_001,
      height: 2,
    });
    await expectRefusal(wide(2 ** 31), 'png');
  });

  test('that ends in the middle of a text ends before it', async () => {
    const png = await flat().png().toBuffer();
    const end = png.length - pngChunk('IEND').length;
    const [text = Buffer.alloc(0)] = texts;
    expect(removePngTexts(Buffer.concat([png.subarray(0, end), text.subarray(0, -1)]))).toEqual(
      png.subarray(0, end),
    );
  });
});

describe('of a picture that moves, the decoder is given the first frame alone', () => {
  const colours = ['#d62828', '#2a9d3c', '#2846c8'];
  const frames = (background: string | undefined) =>
    Promise.all(
      colours.map((colour, index) =>
        flat(EDGE, EDGE, 4)
          .composite([
            {
              input: { create: { width: 20, height: 40, channels: 4, background: colour } },
              left: 9 * index,
              top: 9,
            },
          ])
          .ensureAlpha()
          .flatten(background === undefined ? false : { background })
          .png()
          .toBuffer(),
      ),
    );
  const moving = async (background?: string) => sharp(await frames(background), { join: { animated: true } });
  const described = async () => (await moving()).withIccProfile('p3').withMetadata({ orientation: 6 });

  test.for<[what: string, format: 'gif' | 'webp', make: () => Promise<Buffer>]>([
    ['a GIF', 'gif', () => readFile(picturePath('animated.gif'))],
    ['a transparent GIF', 'gif', async () => (await moving()).gif().toBuffer()],
    ['an opaque GIF', 'gif', async () => (await moving('#ffffff')).gif().toBuffer()],
    ['a transparent WebP', 'webp', async () => (await moving()).webp({ lossless: true }).toBuffer()],
    ['an opaque, lossy WebP', 'webp', async () => (await moving('#ffffff')).webp().toBuffer()],
    ['a WebP with a profile, turned by EXIF', 'webp', async () => (await described()).webp().toBuffer()],
    [
      'a GIF whose frames have colours of their own, behind comments',
      'gif',
      async () =>
        insertGifBlocks(
          await (await moving()).gif({ interFrameMaxError: 0, reuse: false }).toBuffer(),
          gifComment('a'),
        ),
    ],
    [
      'a WebP whose first frame does not fill the canvas',
      'webp',
      async () => {
        const frame = webpFrame(EDGE, EDGE, webpChunks(await flat().webp({ lossless: true }).toBuffer()));
        return animatedWebp(2 * EDGE, EDGE + 6, [frame, webpChunk('JUNK', 'a'), frame]);
      },
    ],
  ])('%s', async ([, format, make]) => {
    const picture = await make();
    const whole = await sharp(picture).metadata();
    const { source, width, height } = await look(picture, format);
    expect(whole.pages).toBeGreaterThan(1);
    expect(source.length).toBeLessThan(picture.length);
    expect([1, undefined]).toContain((await sharp(source).metadata()).pages);
    expect([width, height]).toEqual([whole.autoOrient.width, whole.autoOrient.height]);
    const pixelsOf = (bytes: Buffer) =>
      sharp(bytes).autoOrient().ensureAlpha().toColourspace('srgb').raw().toBuffer();
    expect(await pixelsOf(source)).toEqual(await pixelsOf(picture));
  });

  test.for<[what: string, format: string, make: () => Buffer | Promise<Buffer>]>([
    [
      'A GIF of one frame',
      'gif',
      () => makeGif({ width: EDGE, height: EDGE, blocks: [gifFrame(EDGE, EDGE)] }),
    ],
    ['A still WebP', 'webp', () => flat().webp().toBuffer()],
    ['An AVIF', 'heif', () => avif],
  ])('%s is given as it is', async ([, format, make]) => {
    const picture = await make();
    expect((await look(picture, format)).source).toEqual(picture);
  });

  test('whose second frame is cut off, and the first is shown', async () => {
    const gif = await (await moving()).gif().toBuffer();
    const webp = await (await moving()).webp({ lossless: true }).toBuffer();
    expect(await renderPixels(gif.subarray(0, -20), 'gif')).toEqual(await renderPixels(gif, 'gif'));
    expect(await renderPixels(webp.subarray(0, -20), 'webp')).toEqual(await renderPixels(webp, 'webp'));
  });
});
