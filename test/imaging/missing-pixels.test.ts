import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp, { type JpegOptions, type PngOptions } from 'sharp';
import { describe, expect, test } from 'vitest';
import { hasAllGifPixels } from '../../src/imaging/containers/gif-pixels.ts';
import { hasAllBlocks } from '../../src/imaging/containers/jpeg-coverage.ts';
import { hasExactRows, repairPng } from '../../src/imaging/containers/png-pixels.ts';
import { decodeWhole } from '../../src/imaging/decode-whole.ts';
import { UnreadableImageError } from '../../src/imaging/errors.ts';
import { render } from '../../src/imaging/render.ts';
import { gifFrame, insertGifBlocks, makeGif, wholeGifFrame } from '../hostile/files/gif.ts';
import {
  claimJpegSize,
  insertSegments,
  JPEG_MARKERS,
  jpegSegment,
  removeSegments,
} from '../hostile/files/jpeg.ts';
import { makePng, pngChunk } from '../hostile/files/png.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EOI = Buffer.from('ffd9', 'hex');
const PNG_END = pngChunk('IEND');
const GIF_END = Buffer.from([0, 0x3b]);
const TOP = { x: 0, y: 0, width: 0.3, height: 0.3 };
const [WIDTH, HEIGHT] = [200, 120];

const read = (name: string) => readFile(picturePath(name));
const photo = () => sharp(picturePath('orientation-1.jpg')).resize(WIDTH, HEIGHT);
const jpeg = (options: JpegOptions = {}) => photo().jpeg(options).toBuffer();
const png = (options: PngOptions = {}) => photo().png(options).toBuffer();
const share = (bytes: Buffer, part: number) => bytes.subarray(0, Math.floor(bytes.length * part));
const plus = (...parts: readonly Buffer[]) => Buffer.concat(parts);
/** Choosing the colors of a GIF takes a while. */
const wholeGif = await photo().gif({ effort: 1 }).toBuffer();

describe('the pictures in test/images', () => {
  test.for([
    { name: 'jpeg-without-eoi.jpg', format: 'jpeg' },
    { name: 'jpeg-padded-restart-markers.jpg', format: 'jpeg' },
    { name: 'jpeg-with-restart-markers-without-eoi.jpg', format: 'jpeg' },
    { name: 'jpeg-progressive-without-eoi.jpg', format: 'jpeg' },
    { name: 'jpeg-with-120-stray-bytes.jpg', format: 'jpeg' },
    { name: 'png-with-a-wrong-crc-in-idat.png', format: 'png' },
  ])('$name looks the same with its faults as without them', async ({ name, format }) => {
    const input = await read(name);
    const whole = await sharp(input, { failOn: 'none', unlimited: true }).png().toBuffer();
    for (const crop of [undefined, TOP]) {
      const actual = await renderPixels(input, format, crop);
      const expected = await renderPixels(whole, 'png', crop);
      expect(maxDifference(actual, expected)).toBeLessThan(8);
    }
  });

  test.for([
    { name: 'jpeg-cut-off-with-eoi.jpg', format: 'jpeg' },
    { name: 'truncated.jpg', format: 'jpeg' },
    { name: 'truncated.png', format: 'png' },
  ])('$name is damaged, whatever the crop is', async ({ name, format }) => {
    for (const crop of [undefined, TOP, { x: 0, y: 0, width: 1, height: 1 }]) {
      await expect(renderPixels(await read(name), format, crop)).rejects.toThrow(UnreadableImageError);
    }
  });
});

describe('a JPEG', () => {
  const WHOLE: [what: string, make: () => Promise<Buffer>][] = [
    ['with its end marker', () => jpeg()],
    ['without its end marker', async () => (await jpeg()).subarray(0, -2)],
    ['with half of its end marker', async () => (await jpeg()).subarray(0, -1)],
    [
      'with zeros instead of its end marker',
      async () => plus((await jpeg()).subarray(0, -2), Buffer.alloc(999)),
    ],
    [
      'with zeros before its end marker',
      async () => plus((await jpeg()).subarray(0, -2), Buffer.alloc(999), EOI),
    ],
    ['followed by another one that is cut off', async () => plus(await jpeg(), share(await jpeg(), 0.5))],
    [
      'with a thumbnail that has an end marker',
      async () => {
        return insertSegments(
          await jpeg(),
          jpegSegment(JPEG_MARKERS.app1, plus(Buffer.from('Exif\0\0'), await jpeg())),
        );
      },
    ],
    [
      'with 200 stray bytes',
      async () => {
        const comment = plus(Buffer.alloc(1), jpegSegment(JPEG_MARKERS.comment, 'a'));
        return insertSegments(await jpeg(), ...Array<Buffer>(200).fill(comment));
      },
    ],
    [
      'without Huffman tables',
      async () => removeSegments(await jpeg({ optimizeCoding: false }), JPEG_MARKERS.huffman),
    ],
    ['whose components have the same id', async () => withOneId(await jpeg())],
    ['without subsampling', () => jpeg({ chromaSubsampling: '4:4:4' })],
    ['in gray', () => photo().toColourspace('b-w').jpeg().toBuffer()],
    ['in CMYK', () => photo().toColourspace('cmyk').jpeg().toBuffer()],
    ['of 1 x 1 pixel', () => photo().resize(1, 1).jpeg().toBuffer()],
    ['that is progressive', () => jpeg({ progressive: true })],
    ['that is progressive and lacks some detail', async () => share(await jpeg({ progressive: true }), 0.7)],
    ['with restart markers', async () => withoutPadding(await read('jpeg-padded-restart-markers.jpg'))],
  ];
  test.for(WHOLE)('%s is whole', async ([, make]) => {
    const bytes = await make();
    expect(hasAllBlocks(bytes)).toBe(true);
    expect(await decisionsOn(bytes, 'jpeg')).toEqual([true, true]);
  });

  const DAMAGED: [what: string, make: () => Promise<Buffer>][] = [
    ['cut in half', async () => share(await jpeg(), 0.5)],
    ['cut in half, with an end marker', async () => plus(share(await jpeg(), 0.5), EOI)],
    [
      'that lacks its last 1%, with an end marker',
      async () => plus(share(await jpeg({ quality: 98 }), 0.99), EOI),
    ],
    [
      'without its middle',
      async () => {
        const bytes = await jpeg();
        return plus(share(bytes, 0.5), bytes.subarray(Math.floor(bytes.length * 0.6)));
      },
    ],
    ['that claims to be higher', async () => claimJpegSize(await jpeg(), WIDTH, HEIGHT + 16)],
    [
      'with an unexpected restart marker',
      async () => {
        const bytes = await jpeg();
        return plus(
          share(bytes, 0.9),
          Buffer.from('ffd0', 'hex'),
          bytes.subarray(Math.floor(bytes.length * 0.9)),
        );
      },
    ],
    [
      'without one of its restart intervals',
      async () => {
        const bytes = await read('jpeg-padded-restart-markers.jpg');
        const [from, to] = [0xd1, 0xd2].map((marker) => bytes.indexOf(Buffer.from([0xff, marker])));
        return plus(bytes.subarray(0, from), bytes.subarray(to));
      },
    ],
    [
      'with one of its restart intervals empty',
      async () => {
        const bytes = await read('jpeg-padded-restart-markers.jpg');
        const [from = 0, to] = [0xd1, 0xd2].map((marker) => bytes.indexOf(Buffer.from([0xff, marker])));
        return plus(bytes.subarray(0, from + 2), bytes.subarray(to));
      },
    ],
    [
      'that is progressive and cut in its first scan',
      async () => {
        const bytes = await jpeg({ progressive: true });
        return plus(bytes.subarray(0, bytes.indexOf(Buffer.from('ffda', 'hex')) + 99), EOI);
      },
    ],
  ];
  test.for(DAMAGED)('%s is damaged', async ([, make]) => {
    const bytes = await make();
    expect(hasAllBlocks(bytes)).toBe(false);
    expect(await decisionsOn(bytes, 'jpeg')).toEqual([false, false]);
  });

  test('that lacks its last bytes is judged the same with every crop', async () => {
    const bytes = await jpeg();
    const cuts = Array.from({ length: 24 }, (_, missing) => bytes.subarray(0, bytes.length - missing));
    const decisions = await Promise.all(
      cuts.flatMap((cut) => [cut, plus(cut, EOI)]).map((cut) => decisionsOn(cut, 'jpeg')),
    );
    expect(decisions.filter(([all, some]) => all !== some)).toEqual([]);
    // Both outcomes occur.
    expect(new Set(decisions.flat())).toEqual(new Set([true, false]));
  });
});

describe('a PNG', () => {
  const wrongCrc = (type: string, data: Buffer) => {
    const chunk = pngChunk(type, data);
    chunk.writeUInt32BE(~chunk.readUInt32BE(chunk.length - 4) >>> 0, chunk.length - 4);
    return chunk;
  };
  const wrongAdler = (data: Buffer) => plus(data.subarray(0, -4), Buffer.alloc(4));
  const cases = (change: (data: Buffer) => Buffer[], options?: PngOptions) => async () => {
    const { head, data } = splitPng(await png(options));
    return plus(head, ...change(data));
  };
  const ADAM7 = { progressive: true };

  test.for<[what: string, make: () => Promise<Buffer>]>([
    ['with its end', () => png()],
    ['without IEND', cases((data) => [pngChunk('IDAT', data)])],
    ['without its last checksum', cases((data) => [pngChunk('IDAT', data).subarray(0, -3)])],
    ['without the checksum of its pixels', cases((data) => [pngChunk('IDAT', data).subarray(0, -6)])],
    ['with a wrong chunk checksum', cases((data) => [wrongCrc('IDAT', data), PNG_END])],
    [
      'with wrong checksums of many chunks',
      cases((data) => [
        ...Array.from({ length: 150 }, (_, at) => wrongCrc('IDAT', data.subarray(at * 99, at * 99 + 99))),
        pngChunk('IDAT', data.subarray(150 * 99)),
        PNG_END,
      ]),
    ],
    ['with a wrong checksum of its pixels', cases((data) => [pngChunk('IDAT', wrongAdler(data)), PNG_END])],
    ['that is interlaced', () => png(ADAM7)],
    [
      'that is interlaced, with a wrong chunk checksum',
      cases((data) => [wrongCrc('IDAT', data), PNG_END], ADAM7),
    ],
    ['that is interlaced, without its end', cases((data) => [pngChunk('IDAT', data).subarray(0, -6)], ADAM7)],
  ])('%s is whole', async ([, make]) => {
    const bytes = await make();
    expect(await decisionsOn(bytes, 'png')).toEqual([true, true]);
    const pixels = await decodeWhole(
      bytes,
      { format: 'png', frames: 1, readsAll: true },
      ({ bytes: input, options }) => sharp(input, options).raw().toBuffer(),
    );
    expect(pixels.equals(await photo().raw().toBuffer())).toBe(true);
  });

  test('with each known filter is whole', async () => {
    for (const filter of [0, 1, 2, 3, 4]) {
      expect(await decisionsOn(withLastFilter(filter), 'png')).toEqual([true, true]);
    }
  });

  test('with a palette, or with data after its last row, is whole', async () => {
    const more = makePng({
      width: 64,
      height: 64,
      pixels: deflateSync(Buffer.alloc(64 * (1 + 3 * 64) + 99)),
    });
    expect(await decisionsOn(more, 'png')).toEqual([true, true]);
    expect(await decisionsOn(await png({ palette: true }), 'png')).toEqual([true, true]);
  });

  test.for<[what: string, make: () => Promise<Buffer>]>([
    ['cut in half', async () => share(await png(), 0.5)],
    ['cut in half, with its end', cases((data) => [pngChunk('IDAT', share(data, 0.5)), PNG_END])],
    ['that lacks its last row', cases((data) => [pngChunk('IDAT', share(data, 0.995)), PNG_END])],
    [
      'that is interlaced and cut in its last pass',
      cases((data) => [pngChunk('IDAT', share(data, 0.9)), PNG_END], ADAM7),
    ],
    [
      'with two wrong checksums of its pixels',
      cases((data) => [wrongCrc('IDAT', wrongAdler(data)), PNG_END]),
    ],
    ['without pixel data', cases(() => [PNG_END])],
    ['with an unknown filter', async () => withLastFilter(5)],
  ])('%s is damaged', async ([, make]) => {
    const bytes = await make();
    expect(await hasExactRows(bytes)).toBe(false);
    expect(await repairPng(bytes)).toBeUndefined();
    expect(await decisionsOn(bytes, 'png')).toEqual([false, false]);
  });
});

describe('a GIF', () => {
  test.for<[what: string, make: () => Buffer]>([
    ['with its end', () => wholeGif],
    ['without its trailer', () => wholeGif.subarray(0, -1)],
    ['without its last data block', () => wholeGif.subarray(0, -2)],
    ['with a comment', () => insertGifBlocks(wholeGif, Buffer.from('21fe016100', 'hex'))],
    [
      'whose codes stand for more pixels',
      () => makeGif({ width: 64, height: 64, blocks: [wholeGifFrame(64, 64)] }),
    ],
    [
      'whose code table is full',
      () => makeGif({ width: 4000, height: 4000, blocks: [wholeGifFrame(4000, 4000)] }),
    ],
  ])('%s is whole', async ([, make]) => {
    const bytes = make();
    expect(hasAllGifPixels(bytes, 1)).toBe(true);
    expect(await decisionsOn(bytes, 'gif')).toEqual([true, true]);
  });

  test.for<[what: string, make: () => Buffer]>([
    ['cut in half', () => share(wholeGif, 0.5)],
    ['cut in half, with its end', () => plus(cutInBlock(0.5), GIF_END)],
    ['that lacks its last 1%, with its end', () => plus(cutInBlock(0.99), GIF_END)],
    ['whose only code is one pixel', () => makeGif({ width: 64, height: 64, blocks: [gifFrame(64, 64)] })],
    ['cut before its pixels', () => wholeGif.subarray(0, 790)],
    ['without a frame', () => makeGif({ width: 64, height: 64, blocks: [] })],
  ])('%s is damaged', async ([, make]) => {
    const bytes = make();
    expect(hasAllGifPixels(bytes, 1)).toBe(false);
    expect(await decisionsOn(bytes, 'gif')).toEqual([false, false]);
  });

  test('with a damaged second frame has a whole first frame', () => {
    const bytes = makeGif({ width: 64, height: 64, blocks: [wholeGifFrame(64, 64), gifFrame(64, 64)] });
    expect([1, 2].map((frames) => hasAllGifPixels(bytes, frames))).toEqual([true, false]);
  });

  /** Cuts a GIF and shortens the last data block to what is left of it. */
  function cutInBlock(part: number): Buffer {
    const cut = Buffer.from(share(wholeGif, part));
    const pixels = wholeGif.indexOf(',', 13 + 3 * 256) + 11;
    let block = pixels;
    for (let next = block; next < cut.length; next += 1 + (cut[next] ?? 0)) {
      block = next;
    }
    cut[block] = cut.length - block - 1;
    return cut;
  }
});

test.for(['webp', 'avif'] as const)(
  'a picture in the format %s that is cut off is damaged, whatever the crop is',
  async (format) => {
    const bytes = await (format === 'webp' ? photo().webp() : photo().avif({ effort: 0 })).toBuffer();
    for (const missing of [10, 100, Math.floor(bytes.length / 2)]) {
      const cut = Buffer.from(bytes.subarray(0, bytes.length - missing));
      if (format === 'webp') {
        // A decoder must not see that the file is shorter than its container states.
        cut.writeUInt32LE(cut.length - 8, 4);
        cut.writeUInt32LE(cut.length - 20, 16);
      }
      expect(await decisionsOn(cut, format === 'webp' ? 'webp' : 'heif')).toEqual([false, false]);
    }
  },
);

/** Returns whether a picture is accepted if all of it is decoded, and if only its top left corner is. */
function decisionsOn(picture: Buffer, format: string): Promise<boolean[]> {
  return Promise.all(
    [true, false].map((readsAll) =>
      decodeWhole(picture, { format, frames: 1, readsAll }, ({ bytes, options }) => {
        const decoder = sharp(bytes, options);
        const part = readsAll ? decoder : decoder.extract({ left: 0, top: 0, width: 1, height: 1 });
        return part.raw().toBuffer();
      }).then(
        () => true,
        () => false,
      ),
    ),
  );
}

/** Renders a picture and returns the pixels of its smallest rendition. */
async function renderPixels(picture: Buffer, format: string, crop?: typeof TOP): Promise<Buffer> {
  const folder = await temporaryFolder();
  const inputPath = join(await temporaryFolder(), 'picture');
  await writeFile(inputPath, picture);
  await render({ inputPath, outputDirectory: folder, format, maxPixels: 50_000_000, ...(crop && { crop }) });
  return sharp(join(folder, '64.webp')).raw().toBuffer();
}

function maxDifference(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  return one.reduce((most, value, index) => Math.max(most, Math.abs(value - (other[index] ?? 0))), 0);
}

/** Removes the two zero bytes before each restart marker. */
function withoutPadding(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\0\0(?=\xff[\xd0-\xd7])/gs, ''), 'latin1');
}

/** Returns a PNG whose last row has this filter. */
function withLastFilter(filter: number): Buffer {
  const rowBytes = 1 + 3 * 64;
  const rows = Buffer.alloc(64 * rowBytes);
  rows[63 * rowBytes] = filter;
  return makePng({ width: 64, height: 64, pixels: deflateSync(rows) });
}

/** Gives all components of a sequential JPEG the id 1. */
function withOneId(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const frame = changed.indexOf(Buffer.from('ffc0', 'hex'));
  const scan = changed.indexOf(Buffer.from('ffda', 'hex'));
  for (let component = 0; component < 3; component += 1) {
    changed[frame + 10 + 3 * component] = 1;
    changed[scan + 5 + 2 * component] = 1;
  }
  return changed;
}

/** Returns the bytes of a PNG before its pixel data, and its compressed pixel data. */
function splitPng(bytes: Buffer): { head: Buffer; data: Buffer } {
  const first = bytes.indexOf('IDAT') - 4;
  const parts: Buffer[] = [];
  for (
    let at = first;
    bytes.toString('latin1', at + 4, at + 8) === 'IDAT';
    at += 12 + bytes.readUInt32BE(at)
  ) {
    parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  return { head: bytes.subarray(0, first), data: plus(...parts) };
}
