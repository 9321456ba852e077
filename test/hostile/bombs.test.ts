import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Crop } from '../../src/imaging/inspect.ts';
import { upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { watchMemory } from '../support/processes.ts';
import { claimAvifSize, codedData, codedItem, gridOfAvif, makeAvif, repeatFrame } from './files/avif.ts';
import { gifFrame, makeGif, wholeGifFrame } from './files/gif.ts';
import { claimJpegSize, insertSegments, JPEG_MARKERS, jpegOfManyScans, jpegSegment } from './files/jpeg.ts';
import { deflatedZeros, insertPngChunks, makePng, orientationChunk, pngChunk } from './files/png.ts';
import {
  animatedWebp,
  claimWebpSize,
  makeWebp,
  webpCanvas,
  webpChunk,
  webpChunks,
  webpFrame,
} from './files/webp.ts';
import { faultsOf, readRenditions } from './renditions.ts';

const MIB = 1024 ** 2;
const GB = 1e9;
/** A decoder exits if one job adds more than 1 GiB to its memory at rest. It checks every 10 ms. */
const MAX_DECODER_BYTES = 1536 * MIB;
const MAX_SERVER_BYTES = 384 * MIB;
/** Edge of the largest square that is accepted as PNG, JPEG, WebP or GIF: 51 megapixels. */
const LARGEST_EDGE = 7141;
/** Edge of the largest square that is accepted as AVIF: 17 megapixels. */
const LARGEST_AVIF_EDGE = 4123;

let portrait: Portrait;
let peaks: ReturnType<typeof watchMemory>;

beforeAll(async () => {
  portrait = await startPortrait({ env: { IMAGE_WORKERS: '2' } });
  peaks = watchMemory(portrait.pid);
});

afterAll(() => portrait[Symbol.asyncDispose]());

const flat = (edge: number) =>
  sharp({ create: { width: edge, height: edge, channels: 3, background: '#123456' } });
const small = {
  jpeg: await flat(64).jpeg().toBuffer(),
  png: await flat(64).png().toBuffer(),
  webp: webpChunks(await flat(64).webp({ lossless: true }).toBuffer()),
  avif: await flat(64).avif({ effort: 0 }).toBuffer(),
};
const hugeWebp = claimWebpSize(small.webp, 16_383, 16_383);
/** The result of `flat(6000).avif({ effort: 0 })`, which takes seconds to encode. */
const largeAvif = await readFile(join(import.meta.dirname, 'files/flat-6000x6000.avif'));

function send(bytes: Uint8Array, crop?: Crop) {
  return upload(portrait, new File([new Uint8Array(bytes)], 'me'), crop && { crop });
}

const times = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes));

describe('A bomb is rejected', () => {
  it.for<[what: string, code: string, make: () => Buffer | Promise<Buffer>]>([
    [
      'a PNG of 65,000 x 65,000 in 74 bytes',
      'TOO_MANY_PIXELS',
      () =>
        makePng({ width: 65_000, height: 65_000, bitDepth: 1, colourType: 0, pixels: deflatedZeros(1000) }),
    ],
    [
      'a PNG of 1.2 GB with complete pixel data',
      'TOO_MANY_PIXELS',
      () => makePng({ width: 20_000, height: 20_000 }),
    ],
    [
      'a PNG as large as PNG allows',
      'TOO_MANY_PIXELS',
      () => makePng({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, pixels: deflatedZeros(1000) }),
    ],
    [
      'a PNG larger than PNG allows',
      'UNREADABLE_IMAGE',
      () => makePng({ width: 2 ** 31, height: 64, pixels: deflatedZeros(1000) }),
    ],
    [
      'a JPEG of 65,500 x 65,500 in 300 bytes',
      'TOO_MANY_PIXELS',
      () => claimJpegSize(small.jpeg, 65_500, 65_500),
    ],
    ['a WebP of 16,383 x 16,383 in 40 bytes', 'TOO_MANY_PIXELS', () => makeWebp(hugeWebp)],
    [
      'a WebP whose picture is larger than its canvas',
      'UNREADABLE_IMAGE',
      () => makeWebp(webpCanvas(64, 64), hugeWebp),
    ],
    [
      'a WebP of 2^24 x 2^24 whose frame is small',
      'UNREADABLE_IMAGE',
      () => animatedWebp(2 ** 24, 2 ** 24, [webpFrame(64, 64, small.webp)]),
    ],
    [
      'a WebP whose frame is larger than the frame header states',
      'UNREADABLE_IMAGE',
      () => animatedWebp(64, 64, [webpFrame(64, 64, hugeWebp)]),
    ],
    [
      'an AVIF of 16,383 x 16,383 in 4 KB',
      'TOO_MANY_PIXELS',
      () => claimAvifSize(small.avif, 16_383, 16_383),
    ],
    ['an AVIF of 2^31 x 2^31', 'UNREADABLE_IMAGE', () => claimAvifSize(small.avif, 2 ** 31 - 1, 2 ** 31 - 1)],
    ['an AVIF of 2^32 x 2^32', 'UNREADABLE_IMAGE', () => claimAvifSize(small.avif, 2 ** 32 - 1, 2 ** 32 - 1)],
    [
      'an AVIF of 3,844 tiles',
      'UNREADABLE_IMAGE',
      () =>
        gridOfAvif(small.avif, {
          width: LARGEST_AVIF_EDGE,
          height: LARGEST_AVIF_EDGE,
          rows: 62,
          columns: 62,
        }),
    ],
    [
      'a GIF of 65,535 x 65,535 in 35 bytes',
      'TOO_MANY_PIXELS',
      () => makeGif({ width: 64, height: 64, blocks: [gifFrame(65_535, 65_535)] }),
    ],
    [
      'a GIF of 340,000 frames of one pixel',
      'IMAGE_TOO_SMALL',
      () => makeGif({ width: 1, height: 1, blocks: [times(340_000, gifFrame(1, 1))] }),
    ],
    [
      'a GIF whose screen is 65,535 x 65,535',
      'TOO_MANY_PIXELS',
      () => makeGif({ width: 65_535, height: 65_535, blocks: [gifFrame(64, 64)] }),
    ],
    [
      'a JPEG of 51 megapixels in 300 bytes',
      'UNREADABLE_IMAGE',
      () => claimJpegSize(small.jpeg, LARGEST_EDGE, LARGEST_EDGE),
    ],
    [
      'a GIF of 51 megapixels in 35 bytes',
      'UNREADABLE_IMAGE',
      () =>
        makeGif({
          width: LARGEST_EDGE,
          height: LARGEST_EDGE,
          blocks: [gifFrame(LARGEST_EDGE, LARGEST_EDGE)],
        }),
    ],
    ['a JPEG of 500 scans', 'UNREADABLE_IMAGE', () => jpegOfManyScans(LARGEST_EDGE, 500)],
    ['a JPEG of 50,000 scans', 'UNREADABLE_IMAGE', () => jpegOfManyScans(LARGEST_EDGE, 50_000)],
    [
      'an AVIF with 225 tiles, each larger than the picture',
      'UNREADABLE_IMAGE',
      () =>
        gridOfAvif(largeAvif, {
          width: LARGEST_AVIF_EDGE,
          height: LARGEST_AVIF_EDGE,
          rows: 15,
          columns: 15,
        }),
    ],
    [
      'an AVIF of 640 x 640 with 100 larger tiles',
      'UNREADABLE_IMAGE',
      () => gridOfAvif(largeAvif, { width: 640, height: 640, rows: 10, columns: 10 }),
    ],
    [
      'an AVIF of 2,000 frames',
      'UNREADABLE_IMAGE',
      () => makeAvif([codedItem(1, small.avif, repeatFrame(codedData(small.avif), 2000))]),
    ],
  ])('%s: %s', async ([, code, make]) => {
    const { errors } = await send(await make());
    expect(errors?.[0]?.extensions.code).toBe(code);
    // The decoder that rejected the bomb keeps running, and no other decoder exited.
    expect(portrait.log()).not.toContain('decoder');
  });

  it.for<[what: string, make: () => Buffer]>([
    [
      'a PNG of 400,000 x 125 pixels',
      () => makePng({ width: 400_000, height: 125, bitDepth: 16, colourType: 6 }),
    ],
  ])('when it exceeds the memory limit, while a concurrent upload succeeds: %s', async ([, make]) => {
    const bomb = send(make());
    const concurrent = await upload(portrait, await pictureFile('cmyk.jpg'));
    expect(concurrent.errors).toBeUndefined();
    const { errors } = await bomb;
    expect(errors?.[0]?.extensions.code).toBe('UNREADABLE_IMAGE');
    expect(errors?.[0]?.message).toBe('The picture takes too much memory to read. Choose another picture.');
    const deaths = portrait.log().match(/.*A decoder died.*/g);
    // The server did not retry the picture in another decoder.
    expect(deaths).toEqual([expect.stringContaining('"outOfMemory":true,"working":true')]);
  });
});

describe('A picture with a bomb outside of its pixels is accepted', () => {
  const text = (type: string, start: string, bytes: number) =>
    pngChunk(type, Buffer.concat([Buffer.from(start, 'latin1'), deflatedZeros(bytes)]));
  const xmp = 'XML:com.adobe.xmp\0\x01\0\0\0';
  it.for<[what: string, make: () => Buffer]>([
    ['zTXt of 1 GB', () => insertPngChunks(small.png, text('zTXt', 'Comment\0\0', GB))],
    [
      '100 zTXt of 7.9 MB each',
      () => insertPngChunks(small.png, times(100, text('zTXt', 'Comment\0\0', 7_900_000))),
    ],
    ['iTXt of 1 GB', () => insertPngChunks(small.png, text('iTXt', xmp, GB))],
    ['100 iTXt of 7.9 MB each', () => insertPngChunks(small.png, times(100, text('iTXt', xmp, 7_900_000)))],
    ['iCCP of 1 GB', () => insertPngChunks(small.png, text('iCCP', 'p3\0\0', GB))],
    ['300,000 tEXt', () => insertPngChunks(small.png, times(300_000, pngChunk('tEXt', Buffer.from('a\0b'))))],
    [
      '900 MB after the last row of a PNG',
      () => makePng({ width: 64, height: 64, pixels: deflatedZeros(0.9 * GB) }),
    ],
    [
      '300,000 segments of a JPEG that claim to contain a profile',
      () => insertSegments(small.jpeg, times(300_000, jpegSegment(JPEG_MARKERS.app2, 'ICC_PROFILE\0'))),
    ],
    [
      '600,000 unknown chunks of a WebP',
      () => makeWebp(webpCanvas(64, 64), times(600_000, webpChunk('JUNK', '')), small.webp),
    ],
    [
      '10,000 frames of a WebP after the first',
      () => animatedWebp(64, 64, [times(10_000, webpFrame(64, 64, small.webp))]),
    ],
    [
      '50,000 frames of a WebP of 51 megapixels after the first',
      () => animatedWebp(LARGEST_EDGE, LARGEST_EDGE, [times(50_000, webpFrame(64, 64, small.webp))]),
    ],
    [
      '340,000 frames of a GIF after the first',
      () =>
        makeGif({ width: 64, height: 64, blocks: [wholeGifFrame(64, 64), times(340_000, gifFrame(1, 1))] }),
    ],
    [
      'a second GIF frame of 65,535 x 65,535',
      () => makeGif({ width: 64, height: 64, blocks: [wholeGifFrame(64, 64), gifFrame(65_535, 65_535)] }),
    ],
  ])('%s', async ([, make]) => {
    await expectAccepted(make());
  });
});

describe('The largest picture within the limits is accepted', () => {
  const largest = { width: LARGEST_EDGE, height: LARGEST_EDGE };
  it.for<[what: string, make: () => Buffer | Promise<Buffer>, crop?: Crop]>([
    [
      // No other accepted picture takes as much memory.
      'an interlaced PNG of 51,000,000 pixels with 16 bits per channel, an orientation and a small crop',
      () =>
        makePng({
          width: 8500,
          height: 6000,
          bitDepth: 16,
          colourType: 6,
          interlaced: true,
          visible: true,
          chunks: [orientationChunk(6)],
        }),
      { x: 0.85, y: 0.85, width: 0.1, height: 0.1 },
    ],
    ['a GIF', () => makeGif({ ...largest, blocks: [wholeGifFrame(LARGEST_EDGE, LARGEST_EDGE)] })],
    ['an animated WebP', () => animatedWebp(LARGEST_EDGE, LARGEST_EDGE, [webpFrame(64, 64, small.webp)])],
    ['a JPEG', () => flat(LARGEST_EDGE).jpeg().toBuffer()],
    // If other tests use the whole machine, a decoder at a low priority can exceed its time limit.
  ])('%s', { retry: 3 }, async ([, make, crop]) => {
    await expectAccepted(await make(), crop);
  });
});

describe('All of these files', () => {
  it('left no file behind and kept memory within its limits', async () => {
    expect(await portrait.uploads()).toEqual([]);
    expect(await readdir(join(portrait.folder, 'pictures/.staging'))).toEqual([]);
    const peak = await peaks();
    expect(peak.decoder).toBeGreaterThan(500 * MIB);
    expect(peak.decoder).toBeLessThan(MAX_DECODER_BYTES);
    expect(peak.server).toBeLessThan(MAX_SERVER_BYTES);
    expect(portrait.log()).not.toMatch(/"level":[56]0/);
  });
});

async function expectAccepted(bytes: Buffer, crop?: Crop): Promise<void> {
  const { data, errors } = await send(bytes, crop);
  expect(errors).toBeUndefined();
  const picture = data?.uploadProfilePicture.profilePicture;
  if (picture == null) {
    throw new Error('There is no picture.');
  }
  expect(await faultsOf(await readRenditions(portrait, picture), picture)).toEqual([]);
}
