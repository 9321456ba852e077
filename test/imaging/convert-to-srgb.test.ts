import { describe, expect, test } from 'vitest';
import { colorSpaceOf } from '../../src/imaging/color/color-space.ts';
import { convertToSrgb } from '../../src/imaging/color/convert-to-srgb.ts';
import { nitsToPq } from '../../src/imaging/color/pq.ts';

// Code points of ITU-T H.273.
const BT2020 = 9;
const DISPLAY_P3 = 12;
const SRGB_CURVE = 13;
const PQ = 16;
const HLG = 18;

describe('a color becomes the one that Chromium shows', () => {
  // Screenshots of PNGs with these code points in `cICP`, in Chromium 147.
  test.for<[primaries: number, transfer: number, ...shown: number[]]>([
    [1, 1, 0xc5, 0x5b, 0x5b],
    [1, 4, 0xc9, 0x64, 0x64],
    [1, 5, 0xbd, 0x4c, 0x4c],
    [1, 7, 0xce, 0x73, 0x73],
    [1, 8, 0xe5, 0xa8, 0xa8],
    [1, 11, 0xc5, 0x5b, 0x5b],
    [1, 17, 0xc8, 0x57, 0x57],
    [4, 4, 0xe8, 0x60, 0x5f],
    [5, 1, 0xc8, 0x5b, 0x5b],
    [6, 6, 0xc1, 0x5f, 0x5b],
    [8, SRGB_CURVE, 0xde, 0x5c, 0x60],
    [BT2020, SRGB_CURVE, 0xf0, 0x4c, 0x61],
    [BT2020, 14, 0xee, 0x3f, 0x58],
    [BT2020, 15, 0xee, 0x3f, 0x58],
    [10, SRGB_CURVE, 0xff, 0, 0x6e],
    [11, SRGB_CURVE, 0xd3, 0x5d, 0x61],
    [11, 17, 0xd4, 0x4e, 0x53],
    [DISPLAY_P3, SRGB_CURVE, 0xd7, 0x5d, 0x61],
    [DISPLAY_P3, 1, 0xd4, 0x53, 0x58],
    [22, SRGB_CURVE, 0xca, 0x67, 0x64],
  ])('with the primaries %i and the transfer function %i', ([primaries, transfer, ...shown]) => {
    const pixel = convert({ primaries, transfer }, [[200, 100, 100]], 255);
    expect(farthest(pixel, shown)).toBeLessThanOrEqual(1);
  });

  test('with code points of sRGB, which needs no conversion', () => {
    expect(colorSpaceOf({ primaries: 1, transfer: SRGB_CURVE })).toBeUndefined();
  });
});

test.for([1, 4, 5, 6, 7, 8, BT2020, 10, 11, DISPLAY_P3, 22])(
  'white, gray and black of the primaries %i stay neutral',
  (primaries) => {
    const pixels = [0, 128, 255].map((value) => [value, value, value]);
    expect(convert({ primaries, transfer: 4 }, pixels, 255)).toEqual([0, 0, 0, 129, 129, 129, 255, 255, 255]);
  },
);

test('a conversion keeps alpha, with 8 and with 16 bits', () => {
  const codePoints = { primaries: 1, transfer: 8 };
  expect(convert(codePoints, [[128, 128, 128, 77]], 255)).toEqual([188, 188, 188, 77]);
  expect(convert(codePoints, [[32_896, 32_896, 32_896, 77 * 257]], 65_535)).toEqual([188, 188, 188, 77]);
});

describe('an HDR picture', () => {
  const pq = (nits: number) => Math.round(65_535 * nitsToPq(nits));
  const gray = (...values: number[]) => values.map((value) => [value, value, value]);
  const shades = (nits: readonly number[]) => {
    const converted = convert({ primaries: BT2020, transfer: PQ }, gray(...nits.map(pq)), 65_535);
    return converted.filter((_, index) => index % 3 === 0);
  };

  test('that is nowhere brighter than 203 nits shows 203 nits as white and has the curve of SDR', () => {
    // Light of 21.4 % is the value 127.5 in sRGB.
    expect(shades([0, 203 * 0.214, 203])).toEqual([0, 127, 255]);
  });

  test('with highlights shows them below white, and darker values unchanged', () => {
    expect(shades([50, 203, 400, 1000])).toEqual([shades([50, 203])[0], 229, 250, 255]);
  });

  test('brighter than 1000 nits clips only what is brighter', () => {
    expect(shades([50, 203, 400, 1000, 4000])).toEqual([...shades([50, 203, 400, 1000]), 255]);
  });

  test('keeps the hue of bright colors', () => {
    const [red = 0, green = 0, blue = 0] = convert(
      { primaries: 1, transfer: PQ },
      [[pq(1000), pq(500), pq(500)]],
      65_535,
    );
    expect([red, green]).toEqual([255, 188]);
    expect(blue).toBe(green);
  });

  test.for([1, BT2020, DISPLAY_P3])(
    'in HLG with the primaries %i shows 75 %% of its range like 203 nits',
    (primaries) => {
      // ITU-R BT.2408, table 1.
      const values = gray(0.75 * 65_535, 65_535).map((pixel) => pixel.map(Math.round));
      expect(convert({ primaries, transfer: HLG }, values, 65_535).filter((_, at) => at % 3 === 0)).toEqual(
        shades([203, 1000]),
      );
    },
  );
});

type CodePoints = Parameters<typeof colorSpaceOf>[0];

/** Converts pixels and returns their values. @param max 255 or 65535. */
function convert(codePoints: CodePoints, pixels: readonly (readonly number[])[], max: number): number[] {
  const space = colorSpaceOf(codePoints);
  if (space === undefined) {
    return expect.fail('The code points are not known.');
  }
  const values = pixels.flat();
  const data = max === 255 ? Uint8Array.from(values) : Uint16Array.from(values);
  return [...convertToSrgb({ data, channels: pixels[0]?.length ?? 0, max }, space)];
}

function farthest(pixel: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((value, channel) => Math.abs(value - (pixel[channel] ?? Number.NaN))));
}
