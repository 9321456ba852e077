import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { picturePath } from '../support/pictures.ts';
import { carriedOver } from './carried-over.ts';
import { insertSegments, JPEG_MARKERS, jpegSegment } from './files/jpeg.ts';
import { makeWebp, webpCanvas, webpChunk, webpChunks } from './files/webp.ts';
import { faultsOf } from './renditions.ts';

// Other tests in this folder rely on these checks. This file verifies that the checks find faults.

const PICTURE = { id: 'pic_', width: 100, height: 90 };
const photograph = (edge = 64) => sharp(picturePath('orientation-1.jpg')).resize(edge, edge);
const jpeg = await photograph().jpeg().toBuffer();
const webp = await photograph().webp().toBuffer();
const transparent = await photograph().ensureAlpha(0.5).webp().toBuffer();

function faults(jpg: Buffer, other: Buffer): Promise<string[]> {
  const renditions = [
    { name: '64.jpg', bytes: jpg },
    { name: '64.webp', bytes: other },
  ];
  return faultsOf(renditions, PICTURE);
}

const CASES: readonly [what: string, jpg: Buffer, other: Buffer, fault: string][] = [
  ['a wrong size', await photograph(65).jpeg().toBuffer(), webp, '64.jpg: 65 x 65'],
  ['a comment', insertSegments(jpeg, jpegSegment(JPEG_MARKERS.comment, 'x')), webp, '64.jpg: marker fe'],
  ['EXIF in JPEG', await withMetadata('exif').jpeg().toBuffer(), webp, '64.jpg: marker e1'],
  ['a profile in JPEG', await withMetadata('icc').jpeg().toBuffer(), webp, '64.jpg: marker e2'],
  ['bytes after a JPEG', Buffer.concat([jpeg, Buffer.from('x')]), webp, '64.jpg: bytes after the end'],
  ['a missing end of a JPEG', jpeg.subarray(0, -2), webp, '64.jpg: no end'],
  ['EXIF in WebP', jpeg, await withMetadata('exif').webp().toBuffer(), '64.webp: EXIF'],
  ['XMP in WebP', jpeg, await withMetadata('xmp').webp().toBuffer(), '64.webp: XMP '],
  ['bytes after a WebP', jpeg, Buffer.concat([webp, Buffer.from('x')]), '64.webp: bytes after the end'],
  [
    'an unknown chunk in WebP',
    jpeg,
    makeWebp(webpCanvas(64, 64, 0x10), webpChunks(transparent).subarray(18), webpChunk('EVIL', 'x')),
    '64.webp: EVIL',
  ],
];

describe('The check of renditions', () => {
  it('finds no fault in plain renditions', async () => {
    expect(await faults(jpeg, webp)).toEqual([]);
    expect(await faults(jpeg, transparent)).toEqual([]);
  });

  it.for(CASES)('finds %s', async ([, jpg, other, fault]) => {
    expect(await faults(jpg, other)).toContain(fault);
  });

  it('finds a missing rendition', async () => {
    expect(await faultsOf([{ name: '64.jpg', bytes: jpeg }], PICTURE)).toEqual([
      '64.jpg in place of 64.jpg,64.webp',
    ]);
  });

  it('finds a rendition that cannot be decoded', async () => {
    // libvips keeps the text of errors for the whole process, so the text can be that of another picture.
    const error = (name: string) => expect.stringMatching(RegExp(`^${name}: .`));
    expect(await faults(jpeg.subarray(0, 700), webp)).toEqual(['64.jpg: no end', error('64.jpg')]);
    const cut = webp.subarray(0, 300);
    expect(await faults(jpeg, cut)).toEqual(['64.webp: bytes after the end', error('64.webp')]);
  });
});

describe('The search for carried-over bytes', () => {
  it('finds a run of 31 bytes at any offset in both files', () => {
    for (let at = 0; at < 32; at += 1) {
      const run = webp.subarray(200 + at, 231 + at);
      expect(carriedOver(webp, Buffer.concat([Buffer.alloc(99), run, Buffer.alloc(99)]))).toBe(true);
    }
  });

  it('finds nothing in a different picture or in a picture of a single color', async () => {
    const flat = () => sharp({ create: { width: 64, height: 64, channels: 3, background: '#888' } });
    expect(carriedOver(jpeg, webp)).toBe(false);
    expect(carriedOver(await flat().jpeg().toBuffer(), await flat().jpeg({ quality: 60 }).toBuffer())).toBe(
      false,
    );
  });
});

function withMetadata(kind: 'exif' | 'xmp' | 'icc'): Sharp {
  switch (kind) {
    case 'exif':
      return photograph().withExif({ IFD0: { Copyright: 'Ada' } });
    case 'xmp':
      return photograph().withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
    case 'icc':
      return photograph().withIccProfile('p3');
  }
}
