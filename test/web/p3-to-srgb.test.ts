import sharp from 'sharp';
import { expect, it } from 'vitest';
import { convertP3ToSrgb } from '../../src/web/photo/worker/p3-to-srgb.ts';
import { p3Quadrants, srgbColorsOf } from '../support/quadrants.ts';

it('colors of Display P3 are converted to sRGB as libvips does it', async () => {
  const png = await p3Quadrants(2, 2);
  const pixels = new Uint8ClampedArray(await sharp(png, { ignoreIcc: true }).ensureAlpha().raw().toBuffer());
  convertP3ToSrgb(pixels);
  const expected = Object.values(await srgbColorsOf(png)).flatMap((color) => [...color, 255]);
  expect(
    [...pixels]
      .map((value, at) => Math.abs(value - (expected[at] ?? 0)))
      .filter((difference) => difference > 2),
  ).toEqual([]);
});

it('grays stay the same, and colors outside of sRGB are clipped', () => {
  const grays = Uint8ClampedArray.from({ length: 4 * 256 }, (_, at) => at >> 2);
  const converted = grays.slice();
  convertP3ToSrgb(converted);
  expect(converted).toEqual(grays);
  const green = Uint8ClampedArray.from([0, 255, 0, 128]);
  convertP3ToSrgb(green);
  expect([...green]).toEqual([0, 255, 0, 128]);
});
