import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { splitPng } from '../../src/imaging/containers/png-frames.ts';
import { UnreadableImageError } from '../../src/imaging/errors.ts';
import { estimateWork } from '../../src/imaging/estimate-work.ts';
import type { Crop } from '../../src/imaging/inspect.ts';
import { keepDecodedParts, rejectExcessiveFrames } from '../../src/imaging/limit-work.ts';
import { render } from '../../src/imaging/render.ts';
import { insertGifBlocks } from '../hostile/files/gif.ts';
import {
  animatedPng,
  insertPngChunks,
  orientationChunk,
  type PngAnimationFrame,
  pngChunk,
} from '../hostile/files/png.ts';
import { makeWebp } from '../hostile/files/webp.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const [WIDTH, HEIGHT] = [120, 90];
const LEFT = 70;
const TOP = 41;
const PICTURE_SHOWS_NOTHING =
  'The picture shows nothing, because it is fully transparent. Choose another picture.';
const CROP_SHOWS_NOTHING =
  'The chosen part of the picture shows nothing, because it is fully transparent. ' +
  'Choose another part or another picture.';
const WHOLE: Crop = { x: 0, y: 0, width: 1, height: 1 };

interface Options {
  readonly crop?: Crop;
  readonly maxWork?: number;
}

/** Renders a picture and returns its size and its WebP rendition of 64 pixels. */
async function renderPicture(picture: Buffer, format: string, options: Options = {}) {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  await writeFile(inputPath, picture);
  await mkdir(outputDirectory);
  const job = { inputPath, outputDirectory, format, maxPixels: 1_000_000, sync: false, ...options };
  const { width, height } = await render(job);
  return { width, height, webp: await readFile(join(outputDirectory, '64.webp')) };
}

const empty = (width = WIDTH, height = HEIGHT) =>
  sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });

/** Returns a picture of four colors with a transparent cross between them. */
function cross(edge = 40): Sharp {
  const colours = ['#d62828', '#2a9d3c', '#2846c8', '#f0d23c'];
  return empty(edge, edge).composite(
    colours.map((background, index) => ({
      input: { create: { width: edge / 2 - 4, height: edge / 2 - 4, channels: 3, background } },
      left: (index % 2) * (edge / 2 + 4),
      top: Math.floor(index / 2) * (edge / 2 + 4),
    })),
  );
}

/** Returns the canvas with the cross on it. */
const crossOnCanvas = async () =>
  empty().composite([{ input: await cross().png().toBuffer(), left: LEFT, top: TOP }]);

const FORMATS = ['gif', 'webp', 'png'] as const;
type Animated = (typeof FORMATS)[number];
const EMPTY = Buffer.alloc(0);
const RIFF_HEADER_BYTES = 12;

/** Makes an animation from whole frames. The encoders of GIF and WebP store only the part of a frame that changes. */
async function animate(format: Animated, frames: readonly Sharp[]): Promise<Buffer> {
  const [first = Buffer.alloc(0), ...others] = await Promise.all(
    frames.map((frame) => frame.png().toBuffer()),
  );
  if (format === 'png') {
    return animatedPng(
      first,
      others.map((png) => ({ png })),
    );
  }
  const animation = sharp([first, ...others], { join: { animated: true } });
  return format === 'gif' ? animation.gif().toBuffer() : animation.webp({ lossless: true }).toBuffer();
}

/** Returns an animation of empty frames and one cross. Encoders merge equal frames, so this repeats the encoded one. */
async function emptyThenCross(format: Animated, emptyFrames: number): Promise<Buffer> {
  if (format === 'png') {
    return animate('png', [...Array.from({ length: emptyFrames }, () => empty()), await crossOnCanvas()]);
  }
  const animation = await animate(format, [empty(), await crossOnCanvas()]);
  if (format === 'gif') {
    const first = keepDecodedParts(animation, 'gif');
    const frame = first.subarray(animation.indexOf('\x21\xf9\x04', 0, 'latin1'), -1);
    return insertGifBlocks(animation, ...Array<Buffer>(emptyFrames - 1).fill(frame));
  }
  const at = animation.indexOf('ANMF', 0, 'latin1');
  const frame = animation.subarray(at, at + 8 + animation.readUInt32LE(at + 4));
  const start = animation.subarray(RIFF_HEADER_BYTES, at);
  return makeWebp(start, ...Array<Buffer>(emptyFrames - 1).fill(frame), animation.subarray(at));
}

test('each frame of an animated PNG gets one chunk of a kind, and no unknown chunks', async () => {
  const animated = await emptyThenCross('png', 2);
  const repeated = (...chunks: readonly Buffer[]) =>
    insertPngChunks(animated, ...Array<readonly Buffer[]>(1000).fill(chunks).flat());
  const lengthsOf = (png: Buffer) => [...splitPng(png, 10)].map((frame) => frame.png.length);
  const orientation = orientationChunk(6);
  const expected = lengthsOf(animated).map((length) => length + orientation.length);
  expect(lengthsOf(repeated(orientation, pngChunk('abCd')))).toEqual(expected);
  expect(expected).toHaveLength(2);
});

describe('an animation whose first frame shows nothing', () => {
  test.for([
    { name: 'empty-first-frame.gif', format: 'gif' },
    { name: 'empty-first-frame.webp', format: 'webp' },
    { name: 'empty-static-image.png', format: 'png' },
  ])('is shown by its next frame: $name', async ({ name, format }) => {
    const { webp } = await renderPicture(await readFile(picturePath(name)), format);
    const { data, info } = await sharp(webp).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const channelsAt = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)];
    const [red = 0, green = 0] = channelsAt(12, 12);
    expect(red - green).toBeGreaterThan(150);
    const [otherRed = 0, otherGreen = 0] = channelsAt(52, 12);
    expect(otherGreen - otherRed).toBeGreaterThan(120);
  });

  test.for(FORMATS)('is shown by its tenth frame, but not by its eleventh: %s', async (format) => {
    const { webp } = await renderPicture(await emptyThenCross(format, 9), format, { crop: WHOLE });
    expect(await isSame(webp, await crossOnCanvas())).toBe(true);
    await expect(renderPicture(await emptyThenCross(format, 10), format)).rejects.toThrow(
      PICTURE_SHOWS_NOTHING,
    );
  });

  test.for([0, 1, 2, 3])('is placed and composed as GIF disposal %i says', async (disposal) => {
    const gif = Buffer.from(await emptyThenCross('gif', 2));
    for (const at of positionsOf(gif, '\x21\xf9\x04')) {
      gif[at + 3] = ((gif[at + 3] ?? 0) & 0b11100011) | (disposal << 2);
    }
    expect(await isSame((await renderPicture(gif, 'gif', { crop: WHOLE })).webp, await crossOnCanvas())).toBe(
      true,
    );
  });

  test.for([0, 1, 2, 3])('is placed and composed as the WebP flags %i say', async (flags) => {
    const webp = Buffer.from(await emptyThenCross('webp', 2));
    for (const at of positionsOf(webp, 'ANMF')) {
      webp[at + 23] = flags;
    }
    expect(
      await isSame((await renderPicture(webp, 'webp', { crop: WHOLE })).webp, await crossOnCanvas()),
    ).toBe(true);
  });

  test.for<[what: string, make: (canvas: Buffer, frame: PngAnimationFrame) => Buffer]>([
    ['with blending', (canvas, frame) => animatedPng(canvas, [{ ...frame, blend: 1 }])],
    ['apart from the static image', (canvas, frame) => animatedPng(canvas, [frame], false)],
    [
      'after a frame that is restored',
      (canvas, frame) => animatedPng(canvas, [{ png: canvas, dispose: 2 }, frame]),
    ],
    ['without an end chunk', (canvas, frame) => animatedPng(canvas, [frame]).subarray(0, -12)],
  ])('is placed on the canvas: a PNG %s', async ([, make]) => {
    const canvas = await empty().png().toBuffer();
    const frame = { png: await cross().png().toBuffer(), left: LEFT, top: TOP };
    const { webp } = await renderPicture(make(canvas, frame), 'png', { crop: WHOLE });
    expect(await isSame(webp, await crossOnCanvas())).toBe(true);
  });

  test.for<[what: string, save: (picture: Sharp) => Sharp, chunks?: Buffer[]]>([
    ['16 bits per channel', (picture) => picture.toColourspace('rgb16').png()],
    ['grey', (picture) => picture.toColourspace('b-w').png()],
    ['grey with 16 bits per channel', (picture) => picture.toColourspace('grey16').png()],
    ['interlaced', (picture) => picture.png({ progressive: true })],
    ['rotated by EXIF', (picture) => picture.png(), [orientationChunk(6)]],
    [
      'with declared code points',
      (picture) => picture.png(),
      [pngChunk('cICP', Buffer.from([12, 13, 0, 1]))],
    ],
    [
      'with PQ and 16 bits per channel',
      (picture) => picture.toColourspace('rgb16').png(),
      [pngChunk('cICP', Buffer.from([9, 16, 0, 1]))],
    ],
    ['with a color profile', (picture) => picture.withIccProfile('p3').png()],
  ])('looks like a still PNG of the same kind: %s', async ([, save, chunks = []]) => {
    const [canvas, frame, still] = await Promise.all(
      [empty(), cross(), await crossOnCanvas()].map((picture) => save(picture).toBuffer()),
    );
    const animated = animatedPng(insertPngChunks(canvas ?? EMPTY, ...chunks), [
      { png: frame ?? EMPTY, left: LEFT, top: TOP },
    ]);
    const rendered = await renderPicture(animated, 'png', { crop: WHOLE });
    expect(rendered).toEqual(
      await renderPicture(insertPngChunks(still ?? EMPTY, ...chunks), 'png', { crop: WHOLE }),
    );
  });

  test('is placed on the canvas of a GIF of 640 x 480, which libnsgif derives from the first frame', async () => {
    const input = await cross(160).png().toBuffer();
    const composed = () => empty(640, 480).composite([{ input, left: 240, top: 90 }]);
    const rendered = await renderPicture(await animate('gif', [empty(640, 480), composed()]), 'gif', {
      crop: WHOLE,
    });
    expect(rendered).toMatchObject({ width: 640, height: 480 });
    expect(await isSame(rendered.webp, composed())).toBe(true);
  });

  test.for([
    { format: 'gif', cut: 9 },
    { format: 'webp', cut: 9 },
    { format: 'png', cut: 40 },
  ] as const)('is damaged if the file ends within the next frame: $format', async ({ format, cut }) => {
    const animation = await emptyThenCross(format, 1);
    await expect(renderPicture(animation.subarray(0, -cut), format)).rejects.toThrow(/damaged/);
  });

  test('is estimated again before a later frame is decoded', async () => {
    const animation = await emptyThenCross('webp', 9);
    const size = { width: WIDTH, height: HEIGHT };
    const first = estimateWork(keepDecodedParts(animation, 'webp'), 'webp', size);
    await renderPicture(animation, 'webp', { crop: WHOLE, maxWork: 11 * first });
    await expect(renderPicture(animation, 'webp', { crop: WHOLE, maxWork: 8 * first })).rejects.toMatchObject(
      { name: 'TooMuchWorkError' },
    );
  });

  test('is rejected if its frames take more work than the slowest still picture', () => {
    expect(() => rejectExcessiveFrames(1000)).not.toThrow();
    expect(() => rejectExcessiveFrames(1001)).toThrow(UnreadableImageError);
  });
});

describe('a picture that shows nothing is rejected', () => {
  test.for<[what: string, format: string, make: () => Promise<Buffer>]>([
    ['a still PNG', 'png', () => empty().png().toBuffer()],
    ['a still WebP', 'webp', () => empty().webp().toBuffer()],
    ['a still AVIF', 'heif', () => empty().avif({ effort: 0 }).toBuffer()],
    ['an animated GIF', 'gif', () => animate('gif', [empty(), empty()])],
    ['an animated PNG', 'png', () => animate('png', [empty(), empty()])],
    [
      'a PNG with a frame outside of its canvas',
      'png',
      async () =>
        animatedPng(await empty().png().toBuffer(), [
          { png: await cross().png().toBuffer(), left: WIDTH - 20, top: 0 },
        ]),
    ],
  ])('%s', async ([, format, make]) => {
    const picture = await make();
    await expect(renderPicture(picture, format)).rejects.toThrow(PICTURE_SHOWS_NOTHING);
    await expect(renderPicture(picture, format, { crop: WHOLE })).rejects.toThrow(CROP_SHOWS_NOTHING);
  });
});

describe('a crop that shows nothing', () => {
  const corner: Crop = { x: 0, y: 0, width: 0.4, height: 0.4 };

  test('is rejected, although the rest of the picture shows something', async () => {
    const picture = await (await crossOnCanvas()).png().toBuffer();
    await expect(renderPicture(picture, 'png', { crop: corner })).rejects.toThrow(CROP_SHOWS_NOTHING);
  });

  test.for(FORMATS)('is shown by the first frame that shows something in it: %s', async (format) => {
    const moved = empty().composite([{ input: await cross(32).png().toBuffer(), left: 2, top: 2 }]);
    const animation = await animate(format, [await crossOnCanvas(), moved]);
    const { webp } = await renderPicture(animation, format, { crop: corner });
    expect(webp).toEqual((await renderPicture(await moved.png().toBuffer(), 'png', { crop: corner })).webp);
  });
});

describe('a transparent picture without a crop', () => {
  const dot = { create: { width: 30, height: 30, channels: 3, background: '#000000' } } as const;

  test.for([
    { width: 400, height: 60, left: 350, top: 15 },
    { width: 60, height: 400, left: 15, top: 350 },
  ])(
    'shows its only visible pixels, which are black and near the end of $width x $height pixels',
    async ({ width, height, left, top }) => {
      const picture = await empty(width, height)
        .composite([{ input: dot, left, top }])
        .png()
        .toBuffer();
      const { webp } = await renderPicture(picture, 'png');
      const { channels } = await sharp(webp).stats();
      // The dot has a quarter of the square's pixels.
      expect(channels[3]?.mean).toBeGreaterThan(50);
    },
  );
});

/** Returns whether a rendition shows a picture, cropped to its central square. */
async function isSame(rendition: Buffer, picture: Sharp): Promise<boolean> {
  const still = await renderPicture(await picture.png().toBuffer(), 'png', { crop: WHOLE });
  return rendition.equals(still.webp);
}

/** Returns the position of each occurrence of some bytes. */
function positionsOf(bytes: Buffer, pattern: string): number[] {
  const positions: number[] = [];
  for (
    let at = bytes.indexOf(pattern, 0, 'latin1');
    at !== -1;
    at = bytes.indexOf(pattern, at + 1, 'latin1')
  ) {
    positions.push(at);
  }
  return positions;
}
