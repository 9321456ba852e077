import { readdir, readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { detectType, TYPE_SAMPLE_BYTES } from '../../src/imaging/detect-type.ts';
import { UnsupportedFileTypeError } from '../../src/imaging/errors.ts';
import { pngChunk } from '../hostile/files/png.ts';
import { picturePath } from '../support/pictures.ts';

const HEIC_MESSAGE =
  'HEIC pictures are not supported, because most browsers cannot display them. Export this one as JPEG.';

const PICTURES: Readonly<Record<string, string>> = {
  'animated-msf1.avif': 'image/avif',
  'animated.avif': 'image/avif',
  'animated.gif': 'image/gif',
  'big-height.webp': 'image/webp',
  'cmyk.jpg': 'image/jpeg',
  'corrupt-header.jpg': 'image/jpeg',
  'display-p3.png': 'image/png',
  'empty-first-frame.gif': 'image/gif',
  'empty-first-frame.webp': 'image/webp',
  'empty-static-image.png': 'image/png',
  'grey-alpha-16bit.png': 'image/png',
  'jpeg-cut-off-with-eoi.jpg': 'image/jpeg',
  'jpeg-padded-restart-markers.jpg': 'image/jpeg',
  'jpeg-progressive-without-eoi.jpg': 'image/jpeg',
  'jpeg-with-120-stray-bytes.jpg': 'image/jpeg',
  'jpeg-with-restart-markers-without-eoi.jpg': 'image/jpeg',
  'jpeg-without-eoi.jpg': 'image/jpeg',
  'orientation-1.jpg': 'image/jpeg',
  'orientation-3.jpg': 'image/jpeg',
  'orientation-6.jpg': 'image/jpeg',
  'orientation-8.jpg': 'image/jpeg',
  'photo-2725x2225.jpg': 'image/jpeg',
  'photo.avif': 'image/avif',
  'photo.webp': 'image/webp',
  'png-with-a-wrong-crc-in-idat.png': 'image/png',
  'transparent.png': 'image/png',
  'truncated.jpg': 'image/jpeg',
  'truncated.png': 'image/png',
};

test.for(Object.entries(PICTURES))('%s is detected as %s from its first bytes', async ([name, mediaType]) => {
  const head = (await readFile(picturePath(name))).subarray(0, TYPE_SAMPLE_BYTES);
  expect((await detectType(head, ALL_TYPES)).mediaType).toBe(mediaType);
});

test('the table contains every accepted type and every test picture of these types', async () => {
  expect(new Set(Object.values(PICTURES))).toEqual(new Set(ALL_TYPES.map((type) => type.mediaType)));
  const names = await readdir(picturePath('.'));
  expect(names.filter((name) => !/\.(md|svg|heic)$/.test(name)).sort()).toEqual(Object.keys(PICTURES));
});

test('an animated PNG is a PNG', async () => {
  const png = await blank().png().toBuffer();
  const endOfHeader = 8 + 25;
  const control = Buffer.from('\0\0\0\x08acTL\0\0\0\x01\0\0\0\0\xd5\x37\x25\x8e', 'latin1');
  const animated = Buffer.concat([png.subarray(0, endOfHeader), control, png.subarray(endOfHeader)]);
  expect((await detectType(animated, ALL_TYPES)).mediaType).toBe('image/png');
});

interface Foreign {
  readonly what: string;
  readonly bytes: () => Buffer | Promise<Buffer>;
  readonly detected: string | null;
}

test.for<Foreign>([
  { what: 'an SVG', bytes: () => readFile(picturePath('drawing.svg')), detected: null },
  {
    what: 'an SVG after an XML declaration',
    bytes: () => text('<?xml version="1.0"?><svg/>'),
    detected: 'application/xml',
  },
  { what: 'HTML', bytes: () => text('<!doctype html><script>alert(1)</script>'), detected: null },
  { what: 'a script', bytes: () => text('#!/bin/sh\nid\n'), detected: null },
  { what: 'a PDF', bytes: () => text('%PDF-1.7\n1 0 obj\n'), detected: 'application/pdf' },
  { what: 'a TIFF', bytes: () => blank().tiff().toBuffer(), detected: 'image/tiff' },
  { what: 'a big-endian TIFF', bytes: () => text('MM\0*\0\0\0\b\0\0\0\0\0\0\0\0'), detected: 'image/tiff' },
  { what: 'a BMP', bytes: () => text(`BM${'\0'.repeat(60)}`), detected: 'image/bmp' },
  { what: 'a ZIP', bytes: () => text(`PK\x03\x04${'\0'.repeat(60)}`), detected: 'application/zip' },
  { what: 'a program', bytes: () => text(`MZ${'\0'.repeat(60)}`), detected: 'application/x-msdownload' },
  { what: 'a video', bytes: () => ftyp('isom', 'mp42'), detected: 'video/mp4' },
  { what: 'random bytes', bytes: () => Buffer.from('4f1c9a077be2d35586aa10fe', 'hex'), detected: null },
  { what: 'zeros', bytes: () => Buffer.alloc(TYPE_SAMPLE_BYTES), detected: null },
  { what: 'the first half of a signature', bytes: () => Buffer.from('89504e47', 'hex'), detected: null },
  { what: 'nothing', bytes: () => Buffer.alloc(0), detected: null },
])('$what is rejected, and the error reports the detected type: $detected', async ({ bytes, detected }) => {
  const error = await detectType(await bytes(), ALL_TYPES).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnsupportedFileTypeError);
  expect(error).toMatchObject({
    detected,
    mediaTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'],
    message:
      detected === null
        ? 'The file type is not recognized. Choose a JPEG, PNG, WebP, GIF, or AVIF picture.'
        : `Files of type ${detected} are not accepted. Choose a JPEG, PNG, WebP, GIF, or AVIF picture.`,
  });
});

test.for([
  { brands: ['heic', 'mif1', 'heic'], detected: 'image/heic' },
  { brands: ['heix', 'mif1', 'heix'], detected: 'image/heic' },
  { brands: ['heim', 'mif1'], detected: 'image/heic' },
  { brands: ['mif1', 'heic'], detected: 'image/heic' },
  { brands: ['hevc', 'msf1', 'hevc'], detected: 'image/heic-sequence' },
  { brands: ['msf1', 'hevc'], detected: 'image/heic-sequence' },
])(
  'a HEIC picture with the brands $brands is rejected with advice to export it as JPEG',
  async ({ brands, detected }) => {
    const [major = '', ...compatible] = brands;
    const error = await detectType(ftyp(major, ...compatible), ALL_TYPES).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnsupportedFileTypeError);
    expect(error).toMatchObject({ detected, message: HEIC_MESSAGE });
  },
);

test('a PNG in the CgBI format of Apple is rejected with advice to export it as JPEG', async () => {
  const png = await blank().png().toBuffer();
  const cgbi = Buffer.concat([png.subarray(0, 8), pngChunk('CgBI', Buffer.alloc(4)), png.subarray(8)]);
  const error = await detectType(cgbi, ALL_TYPES).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnsupportedFileTypeError);
  expect(error).toMatchObject({
    detected: 'image/x-cgbi',
    message:
      "PNG pictures in Apple's CgBI format are not supported, because most browsers cannot display them. " +
      'Export this one as JPEG.',
  });
});

function blank() {
  return sharp({ create: { width: 40, height: 40, channels: 3, background: '#336699' } });
}

function text(content: string): Buffer {
  return Buffer.from(content, 'latin1');
}

/** Returns the first box of a HEIF or MP4 file, followed by the start of the next box. */
function ftyp(major: string, ...compatible: string[]): Buffer {
  const content = `ftyp${major}\0\0\0\0${compatible.join('')}`;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(4 + content.length);
  return Buffer.concat([size, text(content), text(`\0\0\0\x0cmeta${'\0'.repeat(32)}`)]);
}

test.for([
  { brands: ['mif1', 'mif1', 'avif', 'miaf'] },
  { brands: ['avis', 'avif', 'msf1', 'mif1', 'miaf'] },
  { brands: ['msf1', 'msf1', 'avis', 'avif', 'mif1'] },
  { brands: ['msf1', 'avis'] },
  { brands: ['MA1B', 'mif1', 'avif'] },
])('an AVIF is detected by any of its brands, as in $brands', async ({ brands }) => {
  const [major = '', ...compatible] = brands;
  expect((await detectType(ftyp(major, ...compatible), ALL_TYPES)).mediaType).toBe('image/avif');
});

test.for([
  { brands: ['mif1', 'jpeg'], detected: 'image/heif' },
  { brands: ['mif1', 'miaf'], detected: 'image/heif' },
  { brands: ['msf1', 'mif1', 'iso8'], detected: 'image/heif-sequence' },
])('a file with the brands $brands is rejected without a word of HEIC', async ({ brands, detected }) => {
  const [major = '', ...compatible] = brands;
  const error = await detectType(ftyp(major, ...compatible), ALL_TYPES).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    detected,
    message: `Files of type ${detected} are not accepted. Choose a JPEG, PNG, WebP, GIF, or AVIF picture.`,
  });
});

test('a file whose brands all belong to HEIC is not an AVIF', async () => {
  await expect(detectType(ftyp('mif1', 'mif1', 'heic', 'miaf'), ALL_TYPES)).rejects.toThrow(HEIC_MESSAGE);
});
