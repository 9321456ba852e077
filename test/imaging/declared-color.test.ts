import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { convertToSrgb } from '../../src/imaging/color/convert-to-srgb.ts';
import { readDeclaredColor } from '../../src/imaging/color/declared-color.ts';
import { readSequenceCodePoints } from '../../src/imaging/containers/av1-color.ts';
import { readPngColor } from '../../src/imaging/containers/png-color.ts';
import { type AvifItem, box, codedItem, makeAvif, overlayItem } from '../hostile/files/avif.ts';
import { addIccTag } from '../hostile/files/icc.ts';
import {
  cicpChunk,
  DISPLAY_P3_CHUNK,
  gammaChunk,
  makePng,
  pngChunk,
  primariesChunk,
} from '../hostile/files/png.ts';
import { picturePath } from '../support/pictures.ts';

/** The color that every table shows. */
const COLOR = [200, 100, 100] as const;
const IN_SRGB = 'c86464';
const IN_DISPLAY_P3 = 'd75d61';
/** From linear light. */
const IN_LINEAR = 'e5a8a8';
const BY_PROFILE = 'the profile';

const { icc: profile = Buffer.alloc(0) } = await sharp(picturePath('display-p3.png')).metadata();
const avif = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#c86464' } })
  .avif({ effort: 0 })
  .toBuffer();

const srgbChunk = pngChunk('sRGB', Buffer.from([0]));
const linear = gammaChunk(1);
const wideRed = primariesChunk([0.3127, 0.329], [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]);
const srgbPrimaries = primariesChunk([0.3127, 0.329], [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]);
const onePoint = primariesChunk([0.3127, 0.329], [0.3, 0.3], [0.3, 0.3], [0.3, 0.3]);
const withoutWhite = primariesChunk([0, 0], [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]);

describe('a PNG', () => {
  test.for<[what: string, chunks: Buffer[], shown: string]>([
    ['without a declaration is in sRGB', [], IN_SRGB],
    ['with cICP', [DISPLAY_P3_CHUNK], IN_DISPLAY_P3],
    [
      'with cICP, sRGB, gAMA and cHRM uses cICP',
      [linear, srgbChunk, wideRed, DISPLAY_P3_CHUNK],
      IN_DISPLAY_P3,
    ],
    ['with cICP of an unknown transfer function ignores it', [cicpChunk(12, 3), linear], IN_LINEAR],
    ['with cICP of unspecified primaries ignores it', [cicpChunk(2, 13), linear], IN_LINEAR],
    ['with cICP of a matrix for luma ignores it', [cicpChunk(12, 13, 1), linear], IN_LINEAR],
    ['with cICP of a wrong length ignores it', [pngChunk('cICP', Buffer.from([12, 13, 0]))], IN_SRGB],
    ['with sRGB and gAMA uses sRGB', [linear, srgbChunk], IN_SRGB],
    ['with gAMA of linear light', [linear], IN_LINEAR],
    ['with gAMA of old Apple displays', [gammaChunk(1 / 1.8)], 'd27777'],
    ['with gAMA of sRGB is in sRGB', [gammaChunk(0.45455)], IN_SRGB],
    ['with gAMA less than 5 % from sRGB is in sRGB', [gammaChunk(0.47)], IN_SRGB],
    ['with gAMA more than 5 % from sRGB is not in sRGB', [gammaChunk(0.48)], 'cc6969'],
    ['with gAMA and cHRM of sRGB is in sRGB', [gammaChunk(0.45455), srgbPrimaries], IN_SRGB],
    ['with gAMA of sRGB and cHRM of Display P3', [gammaChunk(0.45455), wideRed], 'd85d61'],
    ['with cHRM alone is in sRGB, as in Chromium', [wideRed], IN_SRGB],
    ['with gAMA of zero is in sRGB', [gammaChunk(0)], IN_SRGB],
    ['with cHRM of a single point is in sRGB', [linear, onePoint], IN_SRGB],
    ['with cHRM of a white without brightness is in sRGB', [linear, withoutWhite], IN_SRGB],
    ['with two gAMA uses the first', [linear, gammaChunk(1 / 1.8)], IN_LINEAR],
  ])('%s', ([, chunks, shown]) => {
    expect(show(makePng({ width: 64, height: 64, chunks }), 'png')).toBe(shown);
  });

  test.for<[what: string, chunks: Buffer[], shown: string]>([
    ['and sRGB, gAMA and cHRM uses the profile', [linear, srgbChunk, wideRed], BY_PROFILE],
    ['and cICP uses cICP', [cicpChunk(1, 8)], IN_LINEAR],
    ['and cICP of sRGB uses cICP', [cicpChunk(1, 13)], IN_SRGB],
    ['and unknown cICP uses the profile', [cicpChunk(2, 2)], BY_PROFILE],
  ])('with a profile %s', ([, chunks, shown]) => {
    expect(show(makePng({ width: 64, height: 64, chunks }), 'png', profile)).toBe(shown);
  });

  test('with a damaged profile and gAMA uses gAMA', () => {
    expect(show(makePng({ width: 64, height: 64, chunks: [linear] }), 'png', Buffer.alloc(130))).toBe(
      IN_LINEAR,
    );
  });

  test('has no declaration after its pixels', () => {
    const png = Buffer.concat([makePng({ width: 64, height: 64 }).subarray(0, -12), linear]);
    expect(readPngColor(png)).toEqual({ hasSrgb: false });
  });

  test('that is truncated anywhere can be read', () => {
    const png = makePng({ width: 64, height: 64, chunks: [linear, wideRed, DISPLAY_P3_CHUNK] });
    for (let length = 0; length < png.length; length += 1) {
      expect(() => readPngColor(png.subarray(0, length))).not.toThrow();
    }
  });
});

describe('a color profile', () => {
  const tag = (primaries: number, transfer: number, matrix = 0) =>
    addIccTag(profile, 'cicp', Buffer.from([...Buffer.from('cicp\0\0\0\0'), primaries, transfer, matrix, 1]));
  const forCmyk = Buffer.from(tag(1, 8));
  forCmyk.write('CMYK', 16, 'latin1');

  test.for<[what: string, icc: Buffer, shown: string]>([
    ['with code points declares them', tag(1, 8), IN_LINEAR],
    ['with unknown code points is applied', tag(2, 2), BY_PROFILE],
    ['with code points for luma is applied', tag(1, 8, 1), BY_PROFILE],
    [
      'with truncated code points is applied',
      addIccTag(profile, 'cicp', Buffer.from('cicp\0\0\0\0')),
      BY_PROFILE,
    ],
    ['for CMYK with code points is applied', forCmyk, BY_PROFILE],
  ])('%s', ([, icc, shown]) => {
    for (const format of ['jpeg', 'webp']) {
      expect(show(Buffer.alloc(0), format, icc)).toBe(shown);
    }
    expect(show(makePng({ width: 64, height: 64, chunks: [wideRed] }), 'png', icc)).toBe(shown);
  });
});

describe('an AVIF', () => {
  const displayP3 = nclx(12, 13);

  test.for<[what: string, properties: Buffer[], shown: string]>([
    ['without a declaration is in sRGB', [], IN_SRGB],
    ['with nclx', [displayP3], IN_DISPLAY_P3],
    ['with nclx of linear light', [nclx(1, 8)], IN_LINEAR],
    ['with nclx of unspecified primaries uses those of sRGB', [nclx(2, 8)], IN_LINEAR],
    ['with nclx of an unspecified transfer function uses that of sRGB', [nclx(12, 2)], IN_DISPLAY_P3],
    ['with nclx of an unknown transfer function uses that of sRGB', [nclx(12, 300)], IN_DISPLAY_P3],
    ['with the transfer function of video uses that of sRGB, as in Chromium', [nclx(12, 1)], IN_DISPLAY_P3],
    ['with two nclx uses the first', [displayP3, nclx(1, 8)], IN_DISPLAY_P3],
    ['with a truncated nclx is in sRGB', [box('colr', Buffer.from('nclx\0\x0c\0', 'latin1'))], IN_SRGB],
    ['with a profile before nclx uses nclx if no profile is applied', [rIcc(), displayP3], IN_DISPLAY_P3],
  ])('%s', ([, properties, shown]) => {
    expect(show(makeAvif([withProperties(codedItem(1, avif), properties)]), 'heif')).toBe(shown);
  });

  test('with nclx and a profile uses the profile, as in Chromium', () => {
    expect(show(makeAvif([withProperties(codedItem(1, avif), [displayP3])]), 'heif', profile)).toBe(
      BY_PROFILE,
    );
  });

  test('derived from other items has the colors of the first, unless it declares its own', () => {
    const parts = [2, 3].map((id) => withProperties(codedItem(id, avif), id === 2 ? [displayP3] : []));
    const overlay = overlayItem(1, 64, 64, [2, 3]);
    expect(show(makeAvif([overlay, ...parts]), 'heif')).toBe(IN_DISPLAY_P3);
    expect(show(makeAvif([withProperties(overlay, [nclx(1, 8)]), ...parts]), 'heif')).toBe(IN_LINEAR);
  });

  test('derived from itself is in sRGB', () => {
    expect(show(makeAvif([overlayItem(1, 64, 64, [1])]), 'heif')).toBe(IN_SRGB);
  });

  test('without nclx has the colors of its AV1 data, and with nclx those of nclx', () => {
    const { properties, ...item } = codedItem(1, avif);
    const inData = box('av1C', Buffer.from('81000c00', 'hex'), Buffer.from(SEQUENCES.avifenc, 'hex'));
    const items = (...added: Buffer[]) => [
      { ...item, properties: [...properties.slice(0, 1), inData, ...added] },
    ];
    expect(show(makeAvif(items()), 'heif')).toBe(IN_DISPLAY_P3);
    expect(show(makeAvif(items(nclx(1, 8))), 'heif')).toBe(IN_LINEAR);
  });
});

/** The first units of AV1 data that these encoders wrote. */
const SEQUENCES = {
  avifenc: '12000a0938623ffffe10c0d069',
  libaom: '12000a0d00000002afff9b5f2a12201208',
  'libaom with 12 bits and 4:4:4': '12000a0d40000002afff9b5f2d0c120908',
  'libaom in gray': '12000a0d00000002afff9b5f2618240540',
  'SVT-AV1': '12000a0d00000002afff9f7f2218240400',
  rav1e: '12000a0d000000f957ffc421590c120214',
};

test.for<[encoder: keyof typeof SEQUENCES, primaries: number, transfer: number]>([
  ['avifenc', 12, 13],
  ['libaom', 9, 16],
  ['libaom with 12 bits and 4:4:4', 12, 18],
  ['libaom in gray', 12, 18],
  ['SVT-AV1', 12, 18],
  ['rav1e', 12, 18],
])('a sequence header of %s has the code points %i and %i', ([encoder, primaries, transfer]) => {
  expect(readSequenceCodePoints([Buffer.from(SEQUENCES[encoder], 'hex')])).toEqual({ primaries, transfer });
});

test('the photos in test/images need no conversion', async () => {
  for (const [name, format] of [
    ['photo-2725x2225.jpg', 'jpeg'],
    ['photo.webp', 'webp'],
    ['photo.avif', 'heif'],
    ['transparent.png', 'png'],
  ] as const) {
    const { icc } = await sharp(picturePath(name)).metadata();
    expect(readDeclaredColor(await readFile(picturePath(name)), format, icc).space, name).toBeUndefined();
  }
});

/** Returns the color that a picture shows for its values {@link COLOR}, or `BY_PROFILE`. */
function show(picture: Buffer, format: string, icc?: Buffer): string {
  const { ignoreProfile, space } = readDeclaredColor(picture, format, icc);
  if (!ignoreProfile) {
    return BY_PROFILE;
  }
  const data = Uint8Array.from(COLOR);
  const shown = space === undefined ? data : convertToSrgb({ data, channels: 3, max: 255 }, space);
  return Buffer.from(shown).toString('hex');
}

function withProperties(item: AvifItem, properties: readonly Buffer[]): AvifItem {
  return { ...item, properties: [...item.properties, ...properties] };
}

/** Returns a `colr` property with code points. */
function nclx(primaries: number, transfer: number): Buffer {
  const content = Buffer.from('nclx\0\0\0\0\0\0\x80', 'latin1');
  content.writeUInt16BE(primaries, 4);
  content.writeUInt16BE(transfer, 6);
  return box('colr', content);
}

function rIcc(): Buffer {
  return box('colr', Buffer.from('rICC'), profile);
}
