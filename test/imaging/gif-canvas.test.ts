import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { placeOnGifCanvas } from '../../src/imaging/containers/gif-canvas.ts';
import { TooManyPixelsError } from '../../src/imaging/errors.ts';
import { inspect } from '../../src/imaging/inspect.ts';
import { type RenderedPicture, render } from '../../src/imaging/render.ts';
import { gifComment, insertGifBlocks } from '../hostile/files/gif.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Size = readonly [width: number, height: number];

const MAX_PIXELS = 10_000_000;
const FRAME_EDGE = 64;
const RED = [214, 40, 40, 255];
const TRANSPARENT = [0, 0, 0, 0];
/** Graphic control that makes the color with the index 0 transparent. */
const TRANSPARENT_CONTROL = Buffer.from('21f9040100000000', 'hex');
/** An opaque GIF with one frame that fills its screen. */
const filled = await sharp({
  create: { width: FRAME_EDGE, height: FRAME_EDGE, channels: 3, background: { r: 214, g: 40, b: 40 } },
})
  .gif()
  .toBuffer();
const IMAGE = filled.indexOf(Buffer.from('2c0000000040004000', 'hex'));

/** Returns a GIF whose only frame of 64 x 64 pixels is at a place on a screen. */
function gifOnScreen([width, height]: Size, [left, top]: Size = [0, 0]): Buffer {
  const gif = Buffer.from(filled);
  gif.writeUInt16LE(width, 6);
  gif.writeUInt16LE(height, 8);
  gif.writeUInt16LE(left, IMAGE + 1);
  gif.writeUInt16LE(top, IMAGE + 3);
  return gif;
}

const inspectGif = (gif: Buffer) => inspect(gif, { format: 'gif', maxPixels: MAX_PIXELS });

/** Returns the pixel of the first frame at a place of the canvas. */
async function pixelAt(gif: Buffer, x: number, y: number): Promise<number[]> {
  const { source, page, width } = await inspectGif(gif);
  const pixels = await sharp(source, { page: page ?? 0 })
    .ensureAlpha()
    .raw()
    .toBuffer();
  const at = (y * width + x) * 4;
  return [...pixels.subarray(at, at + 4)];
}

test.for<[screen: Size, place: Size, canvas: Size]>([
  [
    [64, 64],
    [0, 0],
    [64, 64],
  ],
  [
    [641, 480],
    [0, 0],
    [641, 480],
  ],
  // libnsgif forgets these screens.
  [
    [640, 480],
    [0, 0],
    [640, 480],
  ],
  [
    [640, 512],
    [0, 0],
    [640, 512],
  ],
  [
    [800, 600],
    [0, 0],
    [800, 600],
  ],
  [
    [1024, 768],
    [480, 352],
    [1024, 768],
  ],
  [
    [1280, 1024],
    [0, 0],
    [1280, 1024],
  ],
  [
    [1600, 1200],
    [0, 0],
    [1600, 1200],
  ],
  [
    [2049, 100],
    [0, 0],
    [2049, 100],
  ],
  [
    [100, 2049],
    [0, 0],
    [100, 2049],
  ],
  // A frame extends the screen, as in Chromium.
  [
    [48, 48],
    [0, 0],
    [64, 64],
  ],
  [
    [100, 200],
    [60, 70],
    [124, 200],
  ],
  [
    [100, 100],
    [150, 120],
    [214, 184],
  ],
  [
    [800, 600],
    [780, 0],
    [844, 600],
  ],
  [
    [0, 0],
    [0, 0],
    [64, 64],
  ],
  [
    [0, 90],
    [0, 0],
    [64, 90],
  ],
  [
    [150, 0],
    [10, 0],
    [150, 64],
  ],
])('the canvas of a GIF with the screen %j and a frame at %j is %j', async ([screen, place, canvas]) => {
  const gif = gifOnScreen(screen, place);
  const { width, height } = await inspectGif(gif);
  expect([width, height]).toEqual(canvas);
  const [left, top] = place;
  expect(await pixelAt(gif, left, top)).toEqual(RED);
  expect(await pixelAt(gif, left + FRAME_EDGE - 1, top + FRAME_EDGE - 1)).toEqual(RED);
  if (left > 0) {
    expect(await pixelAt(gif, left - 1, top)).toEqual(TRANSPARENT);
  }
  if (left + FRAME_EDGE < width) {
    expect(await pixelAt(gif, width - 1, height - 1)).toEqual(TRANSPARENT);
  }
});

/** Renders the area of the frame that `gifOnScreen([1024, 768], [480, 352])` has. */
async function renderArea(gif: Buffer): Promise<RenderedPicture> {
  const folder = await temporaryFolder();
  const [inputPath, outputDirectory] = [join(folder, 'input'), join(folder, 'output')];
  await writeFile(inputPath, gif);
  await mkdir(outputDirectory);
  const crop = { x: 480 / 1024, y: 352 / 768, width: 64 / 1024, height: 64 / 768 };
  return await render({
    inputPath,
    outputDirectory,
    format: 'gif',
    maxPixels: MAX_PIXELS,
    crop,
    sync: false,
  });
}

test('a crop of a GIF counts from the corner of the canvas', async () => {
  const picture = await renderArea(gifOnScreen([1024, 768], [480, 352]));
  expect(picture).toMatchObject({ width: 1024, height: 768, dominantColor: '#d82828' });
});

test('a later frame of a GIF is on the same canvas', async () => {
  const empty = Buffer.concat([TRANSPARENT_CONTROL, filled.subarray(IMAGE, -1)]);
  const gif = insertGifBlocks(gifOnScreen([1024, 768], [480, 352]), empty);
  const picture = await renderArea(gif);
  expect(picture).toMatchObject({ width: 1024, height: 768, dominantColor: '#d82828' });
});

test('a GIF without its last bytes is placed on its canvas', async () => {
  for (const missing of [1, 2]) {
    const picture = await renderArea(gifOnScreen([1024, 768], [480, 352]).subarray(0, -missing));
    expect(picture).toMatchObject({ width: 1024, height: 768, dominantColor: '#d82828' });
  }
});

test('the pixel limit applies to the canvas of a GIF', async () => {
  const error = await inspectGif(gifOnScreen([65_535, 65_535])).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TooManyPixelsError);
  expect(error).toMatchObject({ width: 65_535, height: 65_535 });
});

test('a frame of no size is a transparent picture', async () => {
  const gif = gifOnScreen([100, 100]);
  gif.writeUInt32LE(0, IMAGE + 5);
  expect(await inspectGif(gif)).toMatchObject({ width: 100, height: 100 });
  expect(await pixelAt(gif, 0, 0)).toEqual(TRANSPARENT);
});

test('the first frame of a GIF is found behind comments', async () => {
  const gif = insertGifBlocks(gifOnScreen([640, 480]), gifComment('a'), gifComment('b'));
  expect((await sharp(placeOnGifCanvas(gif).gif, { page: 1 }).metadata()).width).toBe(640);
});

test.for<[what: string, gif: Buffer]>([
  ['whose first frame fills its canvas', gifOnScreen([64, 64])],
  ['without a size', gifOnScreen([0, 0]).fill(0, IMAGE + 5, IMAGE + 9)],
  ['larger than 65,535 pixels', gifOnScreen([0, 0], [65_535, 0])],
  ['without a frame', filled.subarray(0, IMAGE)],
  ['that ends in the first frame', gifOnScreen([640, 480]).subarray(0, IMAGE + 9)],
  ['that ends in its header', filled.subarray(0, 8)],
])('a GIF %s stays as it is', ([, gif]) => {
  expect(placeOnGifCanvas(gif)).toEqual({ gif, firstPage: 0 });
});
