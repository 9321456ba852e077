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
/** Pixel limit of all pictures in these tests. The decoder of an AVIF may produce 2.5 times as many. */
const MAX_PIXELS = 4 * EDGE ** 2;

const flat = (width = EDGE, height = width, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: '#123456' } });
const jpeg = await flat().jpeg().toBuffer();
const avif = await flat().avif({ effort: 0 }).toBuffer();

/** Inspects a picture as a decoder does before decoding. No pixel is decoded. */
const inspectPicture = (picture: Buffer, format: string) =>
  inspect(picture, { format, maxPixels: MAX_PIXELS });

async function expectRejection(picture: Buffer, format: string): Promise<void> {
  await expect(inspectPicture(picture, format)).rejects.toThrow(UnreadableImageError);
}

/** Renders a picture and returns its WebP rendition of 64 pixels. */
async function renderPixels(picture: Buffer, format: string): Promise<Buffer> {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  await writeFile(inputPath, picture);
  await mkdir(outputDirectory);
  await render({ inputPath, outputDirectory, format, maxPixels: MAX_PIXELS, sync: false });
  return await readFile(join(outputDirectory, '64.webp'));
}

describe('a JPEG', () => {
  test('with 64 scans is decoded, but not with 65', async () => {
    // The generator adds another scan, of the lowest frequency.
    await renderPixels(jpegOfManyScans(EDGE, 63), 'jpeg');
    await expectRejection(jpegOfManyScans(EDGE, 64), 'jpeg');
  });

  test.for([
    { what: 'progressive', options: { progressive: true } },
    { what: 'progressive and optimized by mozjpeg', options: { mozjpeg: true } },
  ])('that is $what is decoded', async ({ options }) => {
    const photo = sharp(picturePath('photo.webp')).resize(EDGE * 2);
    await renderPixels(await photo.clone().jpeg(options).toBuffer(), 'jpeg');
    await renderPixels(await photo.clone().toColourspace('cmyk').jpeg(options).toBuffer(), 'jpeg');
  });

  test('may have any number of scans in its metadata and after its end', async () => {
    const scans = Buffer.from('ffda0000'.repeat(100), 'hex');
    const picture = insertSegments(jpeg, jpegSegment(JPEG_MARKERS.app1, scans));
    await renderPixels(Buffer.concat([picture, Buffer.alloc(2), scans]), 'jpeg');
  });

  test('cannot hide a scan behind fill bytes, meaningless bytes and markers without a length', async () => {
    const picture = jpegOfManyScans(EDGE, 63);
    const end = picture.length - 2;
    const scan = picture.subarray(picture.lastIndexOf(Buffer.from('ffda', 'hex')), end);
    for (const before of ['ff', 'ffff', '00ff00', 'ffd0', 'ff01', 'ff02']) {
      const hidden = Buffer.concat([picture.subarray(0, end), Buffer.from(before, 'hex'), scan]);
      await expectRejection(Buffer.concat([hidden, picture.subarray(end)]), 'jpeg');
    }
  });

  test.for([0xc9, 0xca])('with arithmetic coding (SOF %i) is not decoded', async (marker) => {
    const arithmetic = Buffer.from(jpeg);
    arithmetic[arithmetic.indexOf(Buffer.from([0xff, JPEG_MARKERS.frame])) + 1] = marker;
    await expectRejection(arithmetic, 'jpeg');
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
    ['grid with partial tiles', () => gridOfAvif(avif, { width: 65, height: 100, rows: 2, columns: 2 })],
    ['picture with bytes after its last box', () => Buffer.concat([avif, Buffer.alloc(5, 0xff)])],
    ['picture with two layers', () => makeAvif([codedItem(1, avif, repeatFrame(codedData(avif), 2))])],
  ])('that is a %s is decoded', async ([, make]) => {
    await renderPixels(await make(), 'heif');
  });

  test.for<[what: string, make: () => Buffer]>([
    [
      'a row of tiles outside the picture',
      () => gridOfAvif(avif, { width: 128, height: 64, rows: 2, columns: 2 }),
    ],
    [
      'a column of tiles outside the picture',
      () => gridOfAvif(avif, { width: 64, height: 128, rows: 2, columns: 2 }),
    ],
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
      'overlays within overlays',
      () => makeAvif([...[1, 2, 3, 4].map((id) => overlayItem(id, 64, 64, [id + 1, id + 1])), coded(5)]),
    ],
  ])('with %s is not decoded', async ([, make]) => {
    await expectRejection(make(), 'heif');
  });

  // libheif also rejects some of these.
  test.for<[what: string, items: readonly AvifItem[]]>([
    ['no AV1 data', [codedItem(1, avif, Buffer.alloc(0))]],
    ['an item of another codec', [{ ...coded(1), type: 'hvc1' }]],
    ['an item that is composed of itself', [overlayItem(1, EDGE, EDGE, [1])]],
    ['items that are composed of each other', [overlayItem(1, 9, 9, [2]), overlayItem(2, 9, 9, [1])]],
    ['an item that is its own alpha image', [alphaOf(1, 1)]],
    ['two items with the same id', [coded(1), coded(1)]],
    ['a reference to a missing item', [overlayItem(1, EDGE, EDGE, [2])]],
  ])('is rejected if it has %s', ([, items]) => {
    expect(() => countAvifPixels(makeAvif(items))).toThrow(UnreadableImageError);
  });

  const TILE = EDGE ** 2;
  test.for<[what: string, pixels: number, items: readonly AvifItem[]]>([
    ['its picture', TILE, [coded(1)]],
    ['each frame', 3 * TILE, [codedItem(1, avif, repeatFrame(codedData(avif), 3))]],
    ['its alpha image', 2 * TILE, [coded(1), alphaOf(2, 1)]],
    ['the alpha image of each part', 4 * TILE + 1, [overlayItem(1, 1, 1, [2, 2]), coded(2), alphaOf(3, 2)]],
    ['an overlay and its canvas', 10 * TILE + 12, [overlayItem(1, 3, 4, Array(10).fill(2)), coded(2)]],
    ['its picture, but no unused item', TILE, [coded(1), coded(2)]],
  ])('has the decoded pixels of %s', ([, pixels, items]) => {
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

  test.for(['irot', 'imir', 'clap'])('with %s twice in one item is rejected', (type) => {
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
    ['its whole area', cropProperty({ width: [64, 1], height: [64, 1] }), 64, 64],
    ['its middle', cropProperty({ width: [32, 1], height: [40, 1] }), 32, 40],
    ['fractions of pixels', cropProperty({ width: [65, 2], height: [97, 3] }), 33, 32],
    ['a corner', cropProperty({ width: [32, 1], height: [32, 1], right: [-16, 1], down: [-32, 2] }), 32, 32],
    [
      'another corner',
      cropProperty({ width: [32, 1], height: [32, 1], right: [16, 1], down: [31, 2] }),
      32,
      32,
    ],
  ])('cropped to %s has the size of the crop', async ([, crop, width, height]) => {
    expect(await inspectPicture(cropped(crop), 'heif')).toMatchObject({ width, height });
  });

  test.for<[what: string, crop: Buffer]>([
    ['wider than the picture', cropProperty({ width: [65, 1], height: [64, 1] })],
    ['slightly taller than the picture', cropProperty({ width: [64, 1], height: [0x1000_0001, 0x40_0000] })],
    ['of 2^31 - 1 pixels', cropProperty({ width: [2 ** 31 - 1, 1], height: [2 ** 31 - 1, 1] })],
    ['of 2^32 - 1 pixels', cropProperty({ width: [2 ** 32 - 1, 1], height: [2 ** 32 - 1, 1] })],
    ['of no pixels', cropProperty({ width: [0, 1], height: [32, 1] })],
    ['with a zero denominator in its width', cropProperty({ width: [32, 0], height: [32, 1] })],
    ['with a zero denominator in its height', cropProperty({ width: [32, 1], height: [32, 0] })],
    [
      'with a zero denominator in its position',
      cropProperty({ width: [32, 1], height: [32, 1], right: [0, 0] }),
    ],
    ['beyond the right edge', cropProperty({ width: [32, 1], height: [32, 1], right: [33, 2] })],
    ['beyond the top edge', cropProperty({ width: [32, 1], height: [32, 1], down: [-17, 1] })],
    ['far outside the picture', cropProperty({ width: [32, 1], height: [32, 1], down: [-(2 ** 31), 1] })],
    ['that is truncated', box('clap', Buffer.alloc(16, 1))],
  ])('with a crop %s is rejected before libvips reads its size', async ([, crop]) => {
    expect(() => checkAvifSizes(cropped(crop))).toThrow(UnreadableImageError);
    await expectRejection(cropped(crop), 'heif');
  });

  test('is rotated and cropped in the order of its properties', async () => {
    const [item, turn] = [await wide(), box('irot', Buffer.from([1]))];
    const [low, high] = [
      cropProperty({ width: [32, 1], height: [128, 1] }),
      cropProperty({ width: [128, 1], height: [32, 1] }),
    ];
    const withAll = (...transformations: readonly Buffer[]) =>
      makeAvif([{ ...item, properties: [...item.properties, ...transformations] }]);
    expect(await inspectPicture(withAll(turn, low), 'heif')).toMatchObject({ width: 32, height: 128 });
    expect(await inspectPicture(withAll(high, turn), 'heif')).toMatchObject({ width: 32, height: 128 });
    expect(() => checkAvifSizes(withAll(turn, high))).toThrow(UnreadableImageError);
    expect(() => checkAvifSizes(withAll(low, turn))).toThrow(UnreadableImageError);
  });

  test('wider or taller than 256 tiles of the largest size is rejected before libvips reads its size', async () => {
    const largest = 2 ** 24;
    await expect(inspectPicture(claimAvifSize(avif, largest, EDGE), 'heif')).rejects.toThrow(
      TooManyPixelsError,
    );
    for (const edge of [largest + 1, 2 ** 31 - 1, 2 ** 32 - 1]) {
      expect(() => checkAvifSizes(claimAvifSize(avif, edge, EDGE))).toThrow(UnreadableImageError);
      await expectRejection(claimAvifSize(avif, EDGE, edge), 'heif');
    }
  });

  test('with more than 256 properties of one item is rejected', () => {
    const [size = Buffer.alloc(0)] = coded(1).properties;
    const [first, second] = [200, 100].map((count) => Array<Buffer>(count).fill(size));
    const picture = makeAvif([
      { ...coded(1), properties: first ?? [] },
      { ...coded(2), properties: second ?? [] },
    ]);
    expect(() => checkAvifSizes(picture)).not.toThrow();
    // An entry consists of the item's id, the number of properties, and one byte per property.
    const firstEntry = picture.indexOf('ipma') + 12;
    picture.writeUInt16BE(1, firstEntry + 3 + 200);
    expect(() => checkAvifSizes(picture)).toThrow(UnreadableImageError);
  });

  test('is decoded if it and its alpha image are each rotated and mirrored once', async () => {
    const alpha = alphaOf(2, 1);
    const auxiliary = box('auxC', Buffer.from('\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0'));
    const described = { ...alpha, properties: [...alpha.properties, auxiliary] };
    const items = [turned(coded(1), 'irot', 'imir'), turned(described, 'irot', 'imir')];
    expect(countAvifPixels(makeAvif(items))).toEqual({ decoded: 2 * TILE, turned: 4 * TILE });
    await renderPixels(makeAvif(items), 'heif');
  });

  test('with copies that rotate and mirror copies is decoded up to a limit', async () => {
    // MAX_PIXELS allows 20 rotated or mirrored tiles.
    const chain = (copies: number) =>
      Array.from({ length: copies }, (_, index) => turned(copyItem(index + 1, index + 2), 'irot', 'imir'));
    const chained = (copies: number) => makeAvif([...chain(copies), coded(copies + 1)]);
    expect(countAvifPixels(chained(10))).toEqual({ decoded: TILE, turned: 20 * TILE });
    await expectRejection(chained(11), 'heif');
    await inspectPicture(chained(10), 'heif');
  });

  test('that is animated is decoded as its still picture, and its tracks are not read', async () => {
    const withTwo = (type: string) =>
      Buffer.concat([avif, ...[1, 2].map(() => box(type, box('trak', Buffer.alloc(99))))]);
    const animated = withTwo('moov');
    expect((await inspectPicture(animated, 'heif')).source).toEqual(withTwo('free'));
    expect(animated).toEqual(withTwo('moov'));
    expect(await renderPixels(animated, 'heif')).toEqual(await renderPixels(avif, 'heif'));
  });

  test.for([
    { brands: 'avisavifavismsf1mif1' },
    { brands: 'msf1msf1avifmif1miaf' },
    { brands: 'mif1avismsf1mif1miaf' },
  ])(
    'that is animated is decoded as a still picture, although its brands are $brands',
    async ({ brands }) => {
      const animated = await readFile(picturePath('animated.avif'));
      const [major, compatible] = [brands.slice(0, 4), brands.slice(4)];
      const fileType = box('ftyp', Buffer.from(`${major}\0\0\0\0${compatible}`, 'latin1'));
      const rest = animated.subarray(animated.readUInt32BE(0));
      // Keeps the data in place, because offsets count from the start of the file.
      const filler = box('free', Buffer.alloc(animated.length - rest.length - fileType.length - 8));
      const branded = Buffer.concat([fileType, filler, rest]);
      expect(await renderPixels(branded, 'heif')).toEqual(await renderPixels(animated, 'heif'));
    },
  );

  test.for<[what: string, cut: (animated: Buffer, tracksAt: number) => Buffer]>([
    ['in the middle', (animated, tracksAt) => animated.subarray(0, tracksAt + 300)],
    ['after their header', (animated, tracksAt) => animated.subarray(0, tracksAt + 8)],
    ['before their header', (animated, tracksAt) => animated.subarray(0, tracksAt)],
    ['in their header', (animated, tracksAt) => animated.subarray(0, tracksAt + 5)],
  ])('whose tracks are cut off %s is decoded as its still picture', async ([, cut]) => {
    const still = makeAvif([coded(1)]);
    // Replaces the brands with the same number of brands of an animation.
    still.write('avis\0\0\0\0avismsf1avif', 8, 'latin1');
    const tracks = box('moov', box('trak', Buffer.alloc(999)));
    const animated = Buffer.concat([still, tracks]);
    expect(await renderPixels(cut(animated, still.length), 'heif')).toEqual(await renderPixels(avif, 'heif'));
  });

  test('that doubles its items at each of 40 levels is counted without visiting each copy', () => {
    const levels = Array.from({ length: 40 }, (_, level) =>
      overlayItem(level + 1, 1, 1, [level + 2, level + 2]),
    );
    expect(countAvifPixels(makeAvif([...levels, coded(41)])).decoded).toBeGreaterThan(2 ** 40);
  });
});

describe('a PNG', () => {
  const texts = ['tEXt', 'zTXt', 'iTXt'].map((type) => pngChunk(type, Buffer.from('Comment\0\0\0\0\0a')));

  test('is decoded without the texts before and after its pixels, but with all other chunks', async () => {
    const described = await flat(EDGE, EDGE / 2, 4)
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 })
      .png({ palette: true })
      .toBuffer();
    const before = insertPngChunks(described, ...texts, pngChunk('abCd'), ...texts);
    const end = before.length - pngChunk('IEND').length;
    const picture = Buffer.concat([before.subarray(0, end), ...texts, before.subarray(end)]);
    expect((await inspectPicture(picture, 'png')).source).toEqual(
      insertPngChunks(described, pngChunk('abCd')),
    );
    expect(await renderPixels(picture, 'png')).toEqual(await renderPixels(described, 'png'));
  });

  test('wider than libvips can read is rejected with its true size', async () => {
    const wide = (width: number) => makePng({ width, height: 2, pixels: Buffer.alloc(9) });
    await expect(inspectPicture(wide(100_000_001), 'png')).rejects.toMatchObject({
      name: 'TooManyPixelsError',
      width: 100_000_001,
      height: 2,
    });
    await expectRejection(wide(2 ** 31), 'png');
  });

  test('that ends within a text chunk is cut before that chunk', async () => {
    const png = await flat().png().toBuffer();
    const end = png.length - pngChunk('IEND').length;
    const [text = Buffer.alloc(0)] = texts;
    expect(removePngTexts(Buffer.concat([png.subarray(0, end), text.subarray(0, -1)]))).toEqual(
      png.subarray(0, end),
    );
  });
});

describe('the decoder receives', () => {
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
  const animated = async (background?: string) =>
    sharp(await frames(background), { join: { animated: true } });
  const described = async () => (await animated()).withIccProfile('p3').withMetadata({ orientation: 6 });

  test.for<[what: string, format: 'gif' | 'webp', make: () => Promise<Buffer>]>([
    ['a GIF', 'gif', () => readFile(picturePath('animated.gif'))],
    ['a transparent GIF', 'gif', async () => (await animated()).gif().toBuffer()],
    ['an opaque GIF', 'gif', async () => (await animated('#ffffff')).gif().toBuffer()],
    ['a transparent WebP', 'webp', async () => (await animated()).webp({ lossless: true }).toBuffer()],
    ['an opaque, lossy WebP', 'webp', async () => (await animated('#ffffff')).webp().toBuffer()],
    ['a WebP with a profile, rotated by EXIF', 'webp', async () => (await described()).webp().toBuffer()],
    [
      'a GIF whose frames have their own color tables, after comments',
      'gif',
      async () =>
        insertGifBlocks(
          await (await animated()).gif({ interFrameMaxError: 0, reuse: false }).toBuffer(),
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
  ])('only the first frame of %s', async ([, format, make]) => {
    const picture = await make();
    const whole = await sharp(picture).metadata();
    const { source, width, height } = await inspectPicture(picture, format);
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
      'a GIF with one frame',
      'gif',
      () => makeGif({ width: EDGE, height: EDGE, blocks: [gifFrame(EDGE, EDGE)] }),
    ],
    ['a still WebP', 'webp', () => flat().webp().toBuffer()],
    ['an AVIF', 'heif', () => avif],
  ])('%s unchanged', async ([, format, make]) => {
    const picture = await make();
    expect((await inspectPicture(picture, format)).source).toEqual(picture);
  });

  test('the whole first frame of an animation whose second frame is truncated', async () => {
    const gif = await (await animated()).gif().toBuffer();
    const webp = await (await animated()).webp({ lossless: true }).toBuffer();
    expect(await renderPixels(gif.subarray(0, -20), 'gif')).toEqual(await renderPixels(gif, 'gif'));
    expect(await renderPixels(webp.subarray(0, -20), 'webp')).toEqual(await renderPixels(webp, 'webp'));
  });
});
