import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { detectMediaType } from '../../src/web/photo/detect-media-type.ts';
import { isAnimated } from '../../src/web/photo/is-animated.ts';
import { gifFrame, makeGif } from '../hostile/files/gif.ts';
import { animatedPng, makePng } from '../hostile/files/png.ts';
import { picturePath } from '../support/pictures.ts';

const png = makePng({ width: 8, height: 8 });

it.for([
  ['animated.gif', true],
  ['empty-first-frame.gif', true],
  ['animated.avif', true],
  ['animated-msf1.avif', true],
  ['empty-first-frame.webp', true],
  ['photo.avif', false],
  ['photo.webp', false],
  ['transparent.png', false],
  ['truncated.png', false],
  ['photo.heic', false],
] as const)('%s is an animation: %s', async ([name, expected]) => {
  expect(check(await readFile(picturePath(name)))).toBe(expected);
});

const frame = gifFrame(8, 8);
const comment = Buffer.from('21fe03616161026262' + '00', 'hex');

it.for([
  ['an animated PNG', animatedPng(png, [{ png }]), true],
  ['a GIF of one frame', makeGif({ width: 8, height: 8, blocks: [comment, frame] }), false],
  ['a GIF of two frames', makeGif({ width: 8, height: 8, blocks: [frame, comment, frame] }), true],
  ['a GIF that ends in its frame', makeGif({ width: 8, height: 8, blocks: [frame] }).subarray(0, -3), false],
  ['an empty GIF', Buffer.from('GIF89a'), false],
] as const)('%s is recognized', ([, file, expected]) => {
  expect(check(file)).toBe(expected);
});

function check(file: Buffer): boolean {
  const bytes = Uint8Array.from(file).buffer;
  return isAnimated(bytes, detectMediaType(bytes) ?? '');
}
