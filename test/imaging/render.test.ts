import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp, { type Metadata, type OverlayOptions, type Sharp } from 'sharp';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ImageTooSmallError, TooManyPixelsError, UnreadableImageError } from '../../src/imaging/errors.ts';
import { type RenderedPicture, type RenderJob, render } from '../../src/imaging/render.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MAX_PIXELS = 51_000_000;
const FORMATS = { webp: 'webp', jpg: 'jpeg' } as const;
const EXTENSIONS = ['webp', 'jpg'] as const;

/** Red, green, blue, and alpha if there is one. */
type Colour = readonly number[];

const RED: Colour = [214, 40, 40];
const GREEN: Colour = [42, 157, 60];
const BLUE: Colour = [40, 70, 200];
const YELLOW: Colour = [240, 210, 60];
/** Maximum change of a color channel by WebP or JPEG, of 255. */
const LOSS = 8;

/** Watches the method `sync` of open files. Node.js exposes the class of open files only through an instance. */
async function watchSyncs() {
  await using file = await open(import.meta.filename);
  const syncs = vi.spyOn(Object.getPrototypeOf(file), 'sync');
  onTestFinished(() => syncs.mockRestore());
  return syncs;
}

test.each([
  { sync: undefined, synced: 8 },
  { sync: false, synced: 0 },
])('$synced of eight renditions are synced if `sync` is $sync', async ({ sync, synced }) => {
  const outputDirectory = await temporaryFolder();
  const syncing = await watchSyncs();
  const job: RenderJob = {
    inputPath: picturePath('photo.webp'),
    outputDirectory,
    format: 'webp',
    maxPixels: MAX_PIXELS,
    ...(sync !== undefined && { sync }),
  };
  await render(job);
  expect(await readdir(outputDirectory)).toHaveLength(8);
  expect(syncing).toHaveBeenCalledTimes(synced);
});

test('a rendition that cannot be synced fails the picture', async () => {
  const outputDirectory = await temporaryFolder();
  (await watchSyncs()).mockRejectedValueOnce(new Error('EIO'));
  const inputPath = picturePath('photo.webp');
  const rendering = render({ inputPath, outputDirectory, format: 'webp', maxPixels: MAX_PIXELS });
  await expect(rendering).rejects.toThrow('EIO');
});

describe('the pictures in test/images', () => {
  test.for([
    { name: 'orientation-1.jpg', format: 'jpeg', width: 1800, height: 1200, sizes: [64, 128, 256, 512] },
    { name: 'orientation-3.jpg', format: 'jpeg', width: 1800, height: 1200, sizes: [64, 128, 256, 512] },
    { name: 'orientation-6.jpg', format: 'jpeg', width: 1800, height: 1200, sizes: [64, 128, 256, 512] },
    { name: 'orientation-8.jpg', format: 'jpeg', width: 1800, height: 1200, sizes: [64, 128, 256, 512] },
    { name: 'photo-2725x2225.jpg', format: 'jpeg', width: 2725, height: 2225, sizes: [64, 128, 256, 512] },
    { name: 'photo.avif', format: 'heif', width: 2048, height: 858, sizes: [64, 128, 256, 512] },
    { name: 'photo.webp', format: 'webp', width: 1024, height: 772, sizes: [64, 128, 256, 512] },
    { name: 'transparent.png', format: 'png', width: 2048, height: 1536, sizes: [64, 128, 256, 512] },
    { name: 'cmyk.jpg', format: 'jpeg', width: 500, height: 333, sizes: [64, 128, 256] },
    { name: 'grey-alpha-16bit.png', format: 'png', width: 109, height: 96, sizes: [64] },
    { name: 'animated.avif', format: 'heif', width: 64, height: 64, sizes: [64] },
    { name: 'animated.gif', format: 'gif', width: 80, height: 80, sizes: [64] },
  ])('$name gives the sizes $sizes, square, as WebP and JPEG', async ({ name, format, ...expected }) => {
    const { picture, output } = await renderFile(picturePath(name), { format });
    expect(picture).toMatchObject(expected);
    expect((await readdir(output)).sort()).toEqual(
      expected.sizes.flatMap((size) => [`${size}.jpg`, `${size}.webp`]).sort(),
    );
    for (const size of expected.sizes) {
      for (const extension of EXTENSIONS) {
        const metadata = await sharp(join(output, `${size}.${extension}`)).metadata();
        expect(metadata).toMatchObject({
          format: FORMATS[extension],
          width: size,
          height: size,
          space: 'srgb',
          depth: 'uchar',
        });
        expect(metadataIn(metadata)).toEqual([]);
      }
    }
    const placeholder = await sharp(decodeDataUrl(picture.placeholder)).metadata();
    expect(picture.placeholder.length).toBeLessThan(1000);
    expect(placeholder).toMatchObject({ format: 'webp' });
    expect(Math.max(placeholder.width, placeholder.height)).toBeLessThanOrEqual(32);
    expect(picture.dominantColor).toMatch(/^#[0-9a-f]{6}$/);
  });

  test.for([
    { name: 'truncated.jpg', format: 'jpeg' },
    { name: 'truncated.png', format: 'png' },
    { name: 'corrupt-header.jpg', format: 'jpeg' },
    { name: 'drawing.svg', format: 'png' },
  ])('$name cannot be read, and nothing is written', async ({ name, format }) => {
    const { output, rendering } = await startRendering(picturePath(name), { format });
    await expect(rendering).rejects.toThrow(UnreadableImageError);
    expect(await readdir(output)).toEqual([]);
  });

  test.for([
    { name: 'display-p3.png', format: 'png', width: 8, height: 8 },
    { name: 'big-height.webp', format: 'webp', width: 13, height: 169 },
  ])('$name is too small', async ({ name, format, width, height }) => {
    const { output, rendering } = await startRendering(picturePath(name), { format });
    const error = await rendering.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageTooSmallError);
    expect(error).toMatchObject({ what: 'picture', width, height, limit: 32 });
    expect(await readdir(output)).toEqual([]);
  });
});

describe('one photograph in four orientations', () => {
  // The four files differ by at most 3.7 of 255, because each was already a JPEG. A wrong turn differs by at least 38.
  const SAME = 4;
  const DIFFERENT = 30;

  test.for([
    { what: 'cropped by attention' },
    { what: 'cropped to the whole picture', crop: { x: 0, y: 0, width: 1, height: 1 } },
    { what: 'cropped to the top right corner', crop: { x: 0.6, y: 0.05, width: 0.35, height: 0.5 } },
    { what: 'cropped to the bottom left corner', crop: { x: 0.02, y: 0.45, width: 0.6, height: 0.5 } },
  ])('gives the same pixels when $what', async ({ crop }) => {
    const outputs = await Promise.all(
      [1, 3, 6, 8].map(async (orientation) => {
        const path = picturePath(`orientation-${orientation}.jpg`);
        return (await renderFile(path, { format: 'jpeg', ...(crop && { crop }) })).output;
      }),
    );
    const [first = '', ...others] = outputs;
    for (const file of ['256.webp', '256.jpg']) {
      const upright = await pixelsOf(sharp(join(first, file)));
      for (const other of others) {
        expect(meanDifference(upright, await pixelsOf(sharp(join(other, file))))).toBeLessThan(SAME);
      }
      const wrong = [90, 180, 270].map((angle) => sharp(join(first, file)).rotate(angle));
      for (const turned of [...wrong, sharp(join(first, file)).flip(), sharp(join(first, file)).flop()]) {
        expect(meanDifference(upright, await pixelsOf(turned))).toBeGreaterThan(DIFFERENT);
      }
    }
  });
});

describe('a crop', () => {
  const QUADRANTS = [
    { quadrant: 'top left', x: 0, y: 0, colour: RED },
    { quadrant: 'top right', x: 0.5, y: 0, colour: GREEN },
    { quadrant: 'bottom left', x: 0, y: 0.5, colour: BLUE },
    { quadrant: 'bottom right', x: 0.5, y: 0.5, colour: YELLOW },
  ];
  const SIZES = [
    // Quadrants of 1200 pixels are shrunk before they are cut out.
    { what: 'large', width: 2400, height: 2400, largest: 512 },
    // Quadrants of 1000 pixels are cut out before they are shrunk.
    { what: 'medium', width: 2000, height: 2000, largest: 512 },
    { what: 'small', width: 300, height: 200, largest: 64 },
  ];
  test.for(SIZES.flatMap((size) => [1, 6].map((orientation) => ({ ...size, orientation }))))(
    'to a quadrant of a $what picture with orientation $orientation has the color of the quadrant up to its edges',
    async ({ width, height, largest, orientation }) => {
      const bytes = await jpegOf(await quadrants(width, height), orientation);
      for (const { quadrant, x, y, colour } of QUADRANTS) {
        const crop = { x, y, width: 0.5, height: 0.5 };
        const { picture, path } = await renderBytes(bytes, { format: 'jpeg', crop });
        expect(picture).toMatchObject({ width, height });
        expect(picture.sizes.at(-1)).toBe(largest);
        for (const extension of EXTENSIONS) {
          const pixels = await pixelsOf(sharp(path(largest, extension)));
          // One pixel at the border may blend with the adjacent quadrant.
          expect(maxDistance(pixels, colour, 1), quadrant).toBeLessThanOrEqual(LOSS);
          expect(maxDistance(pixels, colour), quadrant).toBeLessThan(100);
        }
      }
    },
  );

  test.for([
    { what: 'wide, in a large picture,', width: 3600, height: 1200 },
    { what: 'wide, in a small picture,', width: 300, height: 100 },
    { what: 'tall, in a large picture,', width: 1200, height: 3600 },
    { what: 'tall, in a small picture,', width: 100, height: 300 },
  ])('that is $what is cut to its central square', async ({ width, height }) => {
    const { path } = await renderBytes(await jpegOf(await stripes(width, height)), {
      format: 'jpeg',
      crop: { x: 0, y: 0, width: 1, height: 1 },
    });
    const pixels = await pixelsOf(sharp(path(64, 'webp')));
    expect(maxDistance(pixels, GREEN, 1)).toBeLessThanOrEqual(LOSS);
  });

  test.for(
    [
      {
        what: 'a large square',
        width: 2000,
        height: 1600,
        crop: { x: 0.3, y: 0.25, width: 0.6, height: 0.7 },
      },
      {
        what: 'a small square',
        width: 2000,
        height: 1400,
        crop: { x: 0.7, y: 0.1, width: 0.3, height: 0.2 },
      },
      { what: 'a wide crop', width: 2000, height: 2000, crop: { x: 0.05, y: 0.4, width: 0.9, height: 0.55 } },
      { what: 'a tall crop', width: 1600, height: 1500, crop: { x: 0.4, y: 0, width: 0.2, height: 1 } },
      { what: 'a corner', width: 1500, height: 2100, crop: { x: 0.3, y: 0.5, width: 0.7, height: 0.5 } },
    ].flatMap((row) => [1, 3, 6, 8].map((orientation) => ({ ...row, orientation }))),
  )(
    'shows its area of the picture: $what, orientation $orientation',
    async ({ width, height, crop, orientation }) => {
      const edge = Math.min(crop.width * width, crop.height * height);
      const start = {
        x: (crop.x + crop.width / 2) * width - edge / 2,
        y: (crop.y + crop.height / 2) * height - edge / 2,
      };
      for (const along of ['x', 'y'] as const) {
        const bytes = await jpegOf(gradient(width, height, along), orientation);
        const { path } = await renderBytes(bytes, { format: 'jpeg', crop });
        const pixels = await pixelsOf(sharp(path(256, 'jpg')));
        for (const at of [8, 128, 247]) {
          const place = (start[along] + ((at + 0.5) * edge) / 256) / (along === 'x' ? width : height);
          const [brightness = 0] = along === 'x' ? colourAt(pixels, at, 100) : colourAt(pixels, 100, at);
          expect(Math.abs(brightness - 255 * place)).toBeLessThan(2.5);
        }
      }
    },
  );

  test.for([
    { x: 0, y: 0, width: 1, height: 1 },
    { x: 0.68, y: 0.68, width: 0.32, height: 0.32 },
    { x: 0.9, y: 0.9, width: 0.1 + 1e-10, height: 0.1 + 1e-10 },
    { x: 1 - 1 / 3, y: 0, width: 1 / 3, height: 1 / 3 },
  ])('that touches the border stays inside the picture: %j', async (crop) => {
    const { picture } = await renderBytes(await jpegOf(await quadrants(1999, 1501)), {
      format: 'jpeg',
      crop,
    });
    expect(picture).toMatchObject({ width: 1999, height: 1501 });
  });

  test.for([
    { edge: 32, sizes: [64] },
    { edge: 64, sizes: [64] },
    { edge: 127, sizes: [64] },
    { edge: 128, sizes: [64, 128] },
    { edge: 255, sizes: [64, 128] },
    { edge: 256, sizes: [64, 128, 256] },
    { edge: 511, sizes: [64, 128, 256] },
    { edge: 512, sizes: [64, 128, 256, 512] },
    { edge: 1000, sizes: [64, 128, 256, 512] },
  ])('of $edge pixels has the sizes $sizes', async ({ edge, sizes }) => {
    const bytes = await flat(1000, 1000).png().toBuffer();
    const { picture } = await renderBytes(bytes, { crop: { x: 0, y: 0, width: edge / 1000, height: 1 } });
    expect(picture.sizes).toEqual(sizes);
  });

  test.for([
    { crop: { x: 0.5, y: 0.5, width: 0.031, height: 0.5 }, width: 31, height: 400 },
    { crop: { x: 0, y: 0, width: 1, height: 0.0375 }, width: 1000, height: 30 },
    { crop: { x: 0, y: 0, width: 1e-9, height: 1e-9 }, width: 0, height: 0 },
  ])('that leaves $width x $height pixels is too small', async ({ crop, width, height }) => {
    const { rendering } = await startRenderingBytes(await flat(1000, 800).png().toBuffer(), { crop });
    const error = await rendering.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageTooSmallError);
    expect(error).toMatchObject({ what: 'crop', width, height, limit: 32 });
  });
});

describe('colors', () => {
  test('in Display P3 become the same colors in sRGB, without the profile', async () => {
    const green: Colour = [0, 255, 0];
    const bytes = await inDisplayP3(flat(200, 200, green));
    const written = await pixelsOf(sharp(bytes, { ignoreIcc: true }));
    expect(maxDistance(written, green), 'the numbers in the file are not those of sRGB').toBeGreaterThan(60);

    const { path } = await renderBytes(bytes);
    for (const extension of EXTENSIONS) {
      expect(maxDistance(await pixelsOf(sharp(path(128, extension))), green)).toBeLessThanOrEqual(LOSS);
      expect(metadataIn(await sharp(path(128, extension)).metadata())).toEqual([]);
    }
  });

  test('in CMYK become the same colors in sRGB', async () => {
    const colour = [90, 140, 90];
    const bytes = await flat(200, 200, colour).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ space: 'cmyk', channels: 4 });
    const { path } = await renderBytes(bytes, { format: 'jpeg' });
    for (const extension of EXTENSIONS) {
      expect(await sharp(path(128, extension)).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
      expect(maxDistance(await pixelsOf(sharp(path(128, extension))), colour)).toBeLessThanOrEqual(2 * LOSS);
    }
  });

  test('in a CMYK photograph are not inverted, so its grass is green', async () => {
    const { output } = await renderFile(picturePath('cmyk.jpg'), { format: 'jpeg' });
    const grass = sharp(join(output, '256.webp')).extract({ left: 185, top: 128, width: 60, height: 14 });
    const [red = 0, green = 0, blue = 0] = colourAt(
      await pixelsOf(sharp(await grass.resize(1, 1).png().toBuffer())),
      0,
      0,
    );
    expect(green - red).toBeGreaterThan(10);
    expect(green - blue).toBeGreaterThan(40);
  });

  test('in 16-bit gray with alpha keep their brightness and transparency', async () => {
    const grey = new Uint16Array(100 * 100 * 2);
    for (let at = 0; at < grey.length; at += 2) {
      grey.set([0x4000, at % 200 < 100 ? 0xffff : 0x8000], at);
    }
    const bytes = await sharp(grey, { raw: { width: 100, height: 100, channels: 2 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ depth: 'ushort', channels: 2 });

    const { path } = await renderBytes(bytes);
    const webp = await pixelsOf(sharp(path(64, 'webp')));
    expect(distance(colourAt(webp, 8, 32), [64, 64, 64, 255])).toBeLessThanOrEqual(LOSS);
    expect(distance(colourAt(webp, 56, 32), [64, 64, 64, 128])).toBeLessThanOrEqual(LOSS);
    const jpeg = await pixelsOf(sharp(path(64, 'jpg')));
    expect(distance(colourAt(jpeg, 8, 32), [64, 64, 64])).toBeLessThanOrEqual(LOSS);
    expect(distance(colourAt(jpeg, 56, 32), [159, 159, 159])).toBeLessThanOrEqual(LOSS);
  });

  test('that are transparent stay transparent in WebP and become white in JPEG', async () => {
    const half = flat(100, 200, BLUE);
    const bytes = await sharp({
      create: { width: 200, height: 200, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
      .composite([{ input: await half.png().toBuffer(), left: 100, top: 0 }])
      .png()
      .toBuffer();
    const { path } = await renderBytes(bytes, { crop: { x: 0, y: 0, width: 1, height: 1 } });
    const webp = await pixelsOf(sharp(path(128, 'webp')));
    expect(colourAt(webp, 16, 64)[3]).toBe(0);
    expect(distance(colourAt(webp, 112, 64), [...BLUE, 255])).toBeLessThanOrEqual(LOSS);
    const jpeg = await pixelsOf(sharp(path(128, 'jpg')));
    expect(distance(colourAt(jpeg, 16, 64), [255, 255, 255])).toBeLessThanOrEqual(LOSS);
    expect(distance(colourAt(jpeg, 112, 64), BLUE)).toBeLessThanOrEqual(LOSS);
  });

  test.for([RED, GREEN, BLUE, YELLOW])(
    'of a picture that is entirely %j include a dominant color near it',
    async (colour) => {
      const { picture } = await renderBytes(await flat(100, 100, colour).png().toBuffer());
      expect(distance(hexToColour(picture.dominantColor), colour)).toBeLessThanOrEqual(16);
      const placeholder = await pixelsOf(sharp(decodeDataUrl(picture.placeholder)));
      expect(distance(colourAt(placeholder, 8, 8), colour)).toBeLessThanOrEqual(32);
    },
  );

  test('of a transparent picture include white as the dominant color', async () => {
    const clear = sharp({
      create: { width: 100, height: 100, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    });
    const dot = { create: { width: 4, height: 4, channels: 3, background: '#ff0000' } } as const;
    const { picture } = await renderBytes(
      await clear
        .composite([{ input: dot }])
        .png()
        .toBuffer(),
    );
    expect(distance(hexToColour(picture.dominantColor), [255, 255, 255])).toBeLessThanOrEqual(16);
  });
});

describe('the rendition', () => {
  const SECRET = '48/51/30';
  const WORDS = 'Ada was here';

  test.for(['jpeg', 'png', 'webp', 'avif'] as const)(
    'of a %s contains neither its metadata nor its trailing bytes',
    async (format) => {
      const bytes = await flat(200, 200)
        .withExif({ IFD0: { Copyright: WORDS }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: SECRET } })
        .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${WORDS}</x:xmpmeta>`)
        .withIccProfile('p3')
        .toFormat(format, { effort: format === 'avif' ? 0 : undefined })
        .toBuffer();
      const metadata = await sharp(bytes).metadata();
      expect(metadataIn(metadata)).toEqual(expect.arrayContaining(['exif', 'icc', 'xmp']));
      const dirty = Buffer.concat([bytes, Buffer.from(WORDS)]);
      expect(dirty.includes(WORDS)).toBe(true);

      const { output } = await renderBytes(dirty, { format: format === 'avif' ? 'heif' : format });
      for (const name of await readdir(output)) {
        const rendition = await readFile(join(output, name));
        expect(metadataIn(await sharp(rendition).metadata())).toEqual([]);
        expect(rendition.includes(WORDS)).toBe(false);
        expect(rendition.includes('GPS')).toBe(false);
      }
    },
  );

  test.for(['gif', 'webp'] as const)('of an animated %s shows only the first frame', async (format) => {
    const frames = [RED, GREEN, BLUE].map((colour) => flat(100, 100, colour).png().toBuffer());
    const bytes = await sharp(await Promise.all(frames), { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(3);
    // The pixel limit allows one frame.
    const { picture, path } = await renderBytes(bytes, { format, maxPixels: 100 * 100 });
    expect(picture).toMatchObject({ width: 100, height: 100 });
    for (const extension of EXTENSIONS) {
      expect(maxDistance(await pixelsOf(sharp(path(64, extension))), RED)).toBeLessThanOrEqual(2 * LOSS);
      expect((await sharp(path(64, extension)).metadata()).pages).toBeUndefined();
    }
  });
});

describe('a picture', () => {
  const HUGE = 9000;

  // The files contain no such pixels. A decoder that tried to read them would report an unreadable picture.
  test.for([
    { format: 'png', claim: hugePng },
    { format: 'jpeg', claim: hugeJpeg },
    { format: 'webp', claim: hugeWebp },
    { format: 'gif', claim: hugeGif },
    { format: 'heif', claim: hugeAvif },
  ])(
    'that only claims too many pixels is rejected before it is decoded: $format',
    async ({ format, claim }) => {
      const bytes = await claim(HUGE);
      expect(bytes.length).toBeLessThan(1000);
      const { output, rendering } = await startRenderingBytes(bytes, { format });
      const error = await rendering.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TooManyPixelsError);
      expect(error).toMatchObject({ width: HUGE, height: HUGE, limit: MAX_PIXELS });
      expect(await readdir(output)).toEqual([]);
    },
  );

  test('of one pixel too many is rejected, and the error contains its upright size', async () => {
    const bytes = await jpegOf(flat(200, 100), 6);
    const { rendering } = await startRenderingBytes(bytes, { format: 'jpeg', maxPixels: 200 * 100 - 1 });
    const error = await rendering.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TooManyPixelsError);
    expect(error).toMatchObject({ width: 200, height: 100, limit: 200 * 100 - 1 });
  });

  test('of exactly the maximum number of pixels is accepted', async () => {
    const bytes = await jpegOf(flat(200, 100), 6);
    const { picture } = await renderBytes(bytes, { format: 'jpeg', maxPixels: 200 * 100 });
    expect(picture).toMatchObject({ width: 200, height: 100 });
  });

  test('of 32 x 32 pixels is accepted and rendered at 64', async () => {
    const { picture, path } = await renderBytes(await flat(32, 32).png().toBuffer());
    expect(picture.sizes).toEqual([64]);
    expect(await sharp(path(64, 'webp')).metadata()).toMatchObject({ width: 64, height: 64 });
  });

  test.for([
    { width: 31, height: 32 },
    { width: 32, height: 31 },
    { width: 1, height: 1 },
    { width: 2000, height: 31 },
  ])('of $width x $height pixels is too small', async ({ width, height }) => {
    const { rendering } = await startRenderingBytes(await flat(width, height).png().toBuffer());
    const error = await rendering.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageTooSmallError);
    expect(error).toMatchObject({ what: 'picture', width, height, limit: 32 });
  });

  test.for([
    { actual: 'png', declared: 'jpeg' },
    { actual: 'jpeg', declared: 'png' },
    { actual: 'webp', declared: 'heif' },
    { actual: 'gif', declared: 'webp' },
    { actual: 'tiff', declared: 'png' },
  ] as const)('that is a $actual but declared as $declared is rejected', async ({ actual, declared }) => {
    const { output, rendering } = await startRenderingBytes(await flat(64, 64).toFormat(actual).toBuffer(), {
      format: declared,
    });
    await expect(rendering).rejects.toThrow(UnreadableImageError);
    expect(await readdir(output)).toEqual([]);
  });

  test.for(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)(
    'that is truncated early, in the middle or late is rejected: %s',
    async (format) => {
      const bytes = await gradient(300, 200, 'x').toFormat(format).toBuffer();
      for (const part of [0.02, 0.5, 0.9]) {
        const { output, rendering } = await startRenderingBytes(bytes.subarray(0, bytes.length * part), {
          format: format === 'avif' ? 'heif' : format,
        });
        await expect(rendering, `${part} of it`).rejects.toThrow(UnreadableImageError);
        expect(await readdir(output)).toEqual([]);
      }
    },
  );
});

test('an empty file cannot be read', async () => {
  const { rendering } = await startRenderingBytes(Buffer.alloc(0));
  await expect(rendering).rejects.toThrow(UnreadableImageError);
});

describe('a file system error is not blamed on the picture', () => {
  test('when the file does not exist', async () => {
    const { rendering } = await startRendering('/nowhere/at/all', { format: 'png' });
    await expect(rendering).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('when the output folder does not exist', async () => {
    const rendering = render({
      inputPath: picturePath('animated.gif'),
      outputDirectory: join(await temporaryFolder(), 'nowhere'),
      format: 'gif',
      maxPixels: MAX_PIXELS,
    });
    await expect(rendering).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('when a rendition already exists, which is not replaced', async () => {
    const { job, output } = await renderFile(picturePath('animated.gif'), { format: 'gif' });
    const before = await readFile(join(output, '64.webp'));
    await expect(
      render({ ...job, inputPath: picturePath('transparent.png'), format: 'png' }),
    ).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(await readFile(join(output, '64.webp'))).toEqual(before);
  });

  test('and is reported only after all other renditions are written', async () => {
    const { job, output } = await renderFile(picturePath('photo-2725x2225.jpg'), { format: 'jpeg' });
    const names = await readdir(output);
    await Promise.all(names.filter((name) => name !== '64.jpg').map((name) => rm(join(output, name))));
    await expect(render(job)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readdir(output)).toEqual(names);
  });
});

type Options = Partial<Pick<RenderJob, 'format' | 'maxPixels' | 'crop'>>;

interface Rendered {
  readonly picture: RenderedPicture;
  readonly job: RenderJob;
  readonly output: string;
  /** Returns the path of a rendition. */
  path(size: number, extension: string): string;
}

/** Starts to render a file into a new folder. The returned promise `rendering` settles with the outcome. */
async function startRendering(
  inputPath: string,
  { format = 'png', maxPixels = MAX_PIXELS, crop }: Options = {},
): Promise<{ job: RenderJob; output: string; rendering: Promise<RenderedPicture> }> {
  const output = join(await temporaryFolder(), 'output');
  await mkdir(output);
  const job = { inputPath, outputDirectory: output, format, maxPixels, ...(crop && { crop }) };
  const rendering = render(job);
  rendering.catch(() => {});
  return { job, output, rendering };
}

async function startRenderingBytes(bytes: Uint8Array, options?: Options) {
  const path = join(await temporaryFolder(), 'input');
  await writeFile(path, bytes);
  return await startRendering(path, options);
}

async function renderFile(path: string, options: Options): Promise<Rendered> {
  return await settle(await startRendering(path, options));
}

async function renderBytes(bytes: Uint8Array, options?: Options): Promise<Rendered> {
  return await settle(await startRenderingBytes(bytes, options));
}

async function settle(started: Awaited<ReturnType<typeof startRendering>>): Promise<Rendered> {
  const { job, output, rendering } = started;
  return {
    picture: await rendering,
    job,
    output,
    path: (size, extension) => join(output, `${size}.${extension}`),
  };
}

interface Pixels {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number; readonly channels: number };
}

async function pixelsOf(picture: Sharp): Promise<Pixels> {
  return await picture.raw().toBuffer({ resolveWithObject: true });
}

function colourAt({ data, info }: Pixels, x: number, y: number): Colour {
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

/** Returns the largest difference of a channel. */
function distance(a: Colour, b: Colour): number {
  return Math.max(...b.map((value, channel) => Math.abs((a[channel] ?? Number.NaN) - value)));
}

/** Returns the largest distance of a pixel from a color, outside of a border with this many pixels. */
function maxDistance({ data, info }: Pixels, colour: Colour, border = 0): number {
  let worst = 0;
  for (let y = border; y < info.height - border; y += 1) {
    for (let x = border; x < info.width - border; x += 1) {
      const at = (y * info.width + x) * info.channels;
      for (const [channel, value] of colour.entries()) {
        worst = Math.max(worst, Math.abs((data[at + channel] ?? Number.NaN) - value));
      }
    }
  }
  return worst;
}

/** Returns the mean absolute difference of two pictures of the same size. */
function meanDifference(a: Pixels, b: Pixels): number {
  expect(a.info).toMatchObject({ width: b.info.width, height: b.info.height, channels: b.info.channels });
  let sum = 0;
  for (const [at, value] of a.data.entries()) {
    sum += Math.abs(value - (b.data[at] ?? Number.NaN));
  }
  return sum / a.data.length;
}

/** Returns the names of the metadata that a picture contains. */
function metadataIn(metadata: Metadata): string[] {
  const { exif, icc, iptc, xmp, orientation, comments } = metadata;
  const found = Object.entries({ exif, icc, iptc, xmp, orientation, comments });
  return found.filter(([, value]) => value !== undefined).map(([name]) => name);
}

function decodeDataUrl(url: string): Buffer {
  const [, base64] = /^data:image\/webp;base64,([A-Za-z0-9+/]+=*)$/.exec(url) ?? [];
  return Buffer.from(base64 ?? '', 'base64');
}

function hexToColour(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

function flat(width: number, height: number, [r, g, b]: Colour = BLUE): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** Returns a picture with these rectangles of one color each. */
async function patches(width: number, height: number, rectangles: readonly Patch[]): Promise<Sharp> {
  const overlays = rectangles.map(
    async ({ left, top, edges: [w, h], colour }): Promise<OverlayOptions> => ({
      input: await flat(w, h, colour).png({ compressionLevel: 1 }).toBuffer(),
      left,
      top,
    }),
  );
  // Draws the rectangles now, because sharp would rotate the picture before it draws them.
  const { data, info } = await pixelsOf(
    flat(width, height)
      .composite(await Promise.all(overlays))
      .removeAlpha(),
  );
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
}

interface Patch {
  readonly left: number;
  readonly top: number;
  readonly edges: readonly [width: number, height: number];
  readonly colour: Colour;
}

function quadrants(width: number, height: number): Promise<Sharp> {
  const edges = [Math.ceil(width / 2), Math.ceil(height / 2)] as const;
  const [left, top] = [width - edges[0], height - edges[1]];
  return patches(width, height, [
    { left: 0, top: 0, edges, colour: RED },
    { left, top: 0, edges, colour: GREEN },
    { left: 0, top, edges, colour: BLUE },
    { left, top, edges, colour: YELLOW },
  ]);
}

/** Returns three squares in a row or in a column. */
function stripes(width: number, height: number): Promise<Sharp> {
  const edge = Math.min(width, height);
  const at = (index: number) =>
    width > height ? { left: index * edge, top: 0 } : { left: 0, top: index * edge };
  const colours = [RED, GREEN, BLUE];
  return patches(
    width,
    height,
    colours.map((colour, index) => ({ ...at(index), edges: [edge, edge], colour })),
  );
}

/** Returns a gradient from black to white. Its brightness shows a pixel's distance from the left or the top edge. */
function gradient(width: number, height: number, along: 'x' | 'y'): Sharp {
  const row = Buffer.from(Array.from({ length: width }, (_, x) => (255 * (x + 0.5)) / width));
  const rows = Array.from({ length: height }, (_, y) =>
    along === 'x' ? row : Buffer.alloc(width, (255 * (y + 0.5)) / height),
  );
  return sharp(Buffer.concat(rows), { raw: { width, height, channels: 1 } }).toColourspace('srgb');
}

/** Returns a JPEG as a rotated camera stores it, with the EXIF orientation that shows it upright. */
async function jpegOf(upright: Sharp, orientation = 1): Promise<Buffer> {
  const turn = { 1: 0, 3: 180, 6: 270, 8: 90 }[orientation] ?? 0;
  return await upright
    .rotate(turn)
    .withMetadata({ orientation })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** Returns a PNG with the profile of display-p3.png, whose values express the same colors in that profile. */
async function inDisplayP3(picture: Sharp): Promise<Buffer> {
  const { icc } = await sharp(picturePath('display-p3.png')).metadata();
  const profile = join(await temporaryFolder(), 'display-p3.icc');
  await writeFile(profile, icc ?? '');
  return await picture.withIccProfile(profile).png().toBuffer();
}

async function hugePng(edge: number): Promise<Buffer> {
  const png = await flat(64, 64).png().toBuffer();
  png.writeUInt32BE(edge, 16);
  png.writeUInt32BE(edge, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

async function hugeJpeg(edge: number): Promise<Buffer> {
  const jpeg = await flat(64, 64).jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from('ffc0', 'hex'));
  jpeg.writeUInt16BE(edge, frame + 5);
  jpeg.writeUInt16BE(edge, frame + 7);
  return jpeg;
}

async function hugeWebp(edge: number): Promise<Buffer> {
  const webp = await flat(64, 64).webp().toBuffer();
  webp.writeUInt16LE(edge, webp.indexOf('VP8 ') + 14);
  webp.writeUInt16LE(edge, webp.indexOf('VP8 ') + 16);
  return webp;
}

async function hugeGif(edge: number): Promise<Buffer> {
  const gif = await flat(64, 64).gif().toBuffer();
  const image = gif.indexOf(Buffer.from('2c0000000040004000', 'hex'));
  for (const at of [6, 8, image + 5, image + 7]) {
    gif.writeUInt16LE(edge, at);
  }
  return gif;
}

async function hugeAvif(edge: number): Promise<Buffer> {
  const avif = await flat(64, 64).avif({ effort: 0 }).toBuffer();
  avif.writeUInt32BE(edge, avif.indexOf('ispe') + 8);
  avif.writeUInt32BE(edge, avif.indexOf('ispe') + 12);
  return avif;
}
