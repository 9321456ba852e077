import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { UnreadableImageError } from '../../src/imaging/errors.ts';
import { inspect } from '../../src/imaging/inspect.ts';
import { picturePath } from '../support/pictures.ts';

const inspectAvif = (avif: Buffer) => inspect(avif, { format: 'heif', maxPixels: 1_000_000 });

/** Returns a copy of a file in which all occurrences of one type of box have another type. */
function renameBoxes(avif: Buffer, from: string, to: string): Buffer {
  const renamed = Buffer.from(avif);
  for (let at = renamed.indexOf(from); at !== -1; at = renamed.indexOf(from, at + 1)) {
    renamed.write(to, at, 'latin1');
  }
  return renamed;
}

describe('an animated AVIF that has only tracks', () => {
  test.for([
    { name: 'animated.avif', brand: 'avis', channels: 3 },
    { name: 'animated.avif', brand: 'msf1', channels: 3 },
    { name: 'animated-msf1.avif', brand: 'avis', channels: 4 },
    { name: 'animated-msf1.avif', brand: 'msf1', channels: 4 },
  ])('is decoded as its first picture: $name with the brand $brand', async ({ name, brand, channels }) => {
    const animated = await readFile(picturePath(name));
    animated.write(brand, 8, 'latin1');
    const still = await inspectAvif(animated);
    const first = await inspectAvif(renameBoxes(animated, 'meta', 'free'));
    expect([first.width, first.height]).toEqual([still.width, still.height]);
    const { data, info } = await sharp(first.source).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(channels);
    expect(data.equals(await sharp(still.source).raw().toBuffer())).toBe(true);
  });

  test.for<[what: string, damage: (avif: Buffer) => Buffer]>([
    ['has no tracks either', (avif) => renameBoxes(avif, 'moov', 'free')],
    ['has tracks of another codec', (avif) => renameBoxes(avif, 'av01', 'hvc1')],
    ['has no sample sizes', (avif) => renameBoxes(avif, 'stsz', 'free')],
    ['ends within its tracks', (avif) => avif.subarray(0, avif.indexOf('stts'))],
    ['ends within its first sample', (avif) => avif.subarray(0, avif.indexOf('mdat') + 24)],
  ])('is damaged if it %s', async ([, damage]) => {
    const avif = await readFile(picturePath('animated-msf1.avif'));
    const tracksOnly = renameBoxes(avif, 'meta', 'free');
    await expect(inspectAvif(damage(tracksOnly))).rejects.toThrow(UnreadableImageError);
  });

  test('is decoded only up to the limit of frames in its first sample', async () => {
    const avif = renameBoxes(await readFile(picturePath('animated.avif')), 'meta', 'free');
    const sizes = avif.indexOf('stsz');
    // The first sample now extends over the second and third, so it has three frames, and one more than that twice.
    const size = (sample: number) => avif.readUInt32BE(sizes + 16 + 4 * sample);
    avif.writeUInt32BE(size(0) + size(1) + size(2), sizes + 16);
    await inspectAvif(avif);
    const at = avif.readUInt32BE(avif.indexOf('stco') + 12);
    const more = Buffer.concat([avif, avif.subarray(at, at + size(0)), avif.subarray(at, at + size(0))]);
    more.writeUInt32BE(more.length - at, sizes + 16);
    await expect(inspectAvif(more)).rejects.toThrow(UnreadableImageError);
  });
});
