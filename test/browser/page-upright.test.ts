import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { box, codedItem, cropProperty, makeAvif } from '../hostile/files/avif.ts';
import { orientationExif } from '../hostile/files/png.ts';
import { makeWebp, WEBP_FLAGS, webpCanvas, webpChunk, webpChunks } from '../hostile/files/webp.ts';
import { launchBrowser } from '../support/browser.ts';
import { fileInput, openPage } from '../support/page.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

const WIDTH = 96;
const HEIGHT = 64;
/** Maximum mean difference of two pictures per color channel, of 255. The page compresses what it draws. */
const LOSS = 6;

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** A picture of four quadrants with different colors. */
const quadrants = sharp(
  await sharp(Buffer.from('d628282a9d3c2846c8f0f0f0', 'hex'), { raw: { width: 2, height: 2, channels: 3 } })
    .resize(WIDTH, HEIGHT, { fit: 'fill', kernel: 'nearest' })
    .png()
    .toBuffer(),
);
const webp = webpChunks(await quadrants.clone().webp({ lossless: true }).toBuffer());
const avif = codedItem(1, await quadrants.clone().avif({ effort: 0, quality: 90 }).toBuffer());

function turnedWebp(orientation: number, prefix = ''): Buffer {
  const exif = Buffer.concat([Buffer.from(prefix, 'latin1'), orientationExif(orientation)]);
  return makeWebp(webpCanvas(WIDTH, HEIGHT, WEBP_FLAGS.exif), webp, webpChunk('EXIF', exif));
}

function avifWith(...transformations: readonly Buffer[]): Buffer {
  return makeAvif([{ ...avif, properties: [...avif.properties, ...transformations] }]);
}

const crop = (right: number, down: number) =>
  cropProperty({ width: [60, 1], height: [40, 1], right: [right, 1], down: [down, 1] });
const rotation = (turns: number) => box('irot', Buffer.from([turns]));
const mirroring = (axis: number) => box('imir', Buffer.from([axis]));

/** Returns the picture that the page shows in the crop tool after it has replaced the previous one. */
async function readShown(page: Page, previous: string | undefined): Promise<{ url: string; png: Buffer }> {
  const picture = page.locator('.crop-area img');
  await expect.poll(() => picture.getAttribute('src').catch(() => undefined)).not.toBe(previous);
  await picture.evaluate((image) => Object.assign(globalThis, { image }));
  return await page
    .evaluate<{ url: string; png: string }>(`(async () => {
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return { url: image.getAttribute('src'), png: canvas.toDataURL('image/png').split(',')[1] };
  })()`)
    .then(({ url, png }) => ({ url, png: Buffer.from(png, 'base64') }));
}

it('The page shows the upright picture from which the server takes the square', async () => {
  const page = await openPage(browser, server.url);
  let previous: string | undefined;
  for (const [what, type, buffer] of [
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((value) => [`orientation ${value}`, 'webp', turnedWebp(value)] as const),
    ['orientation 6 after the prefix of JPEG', 'webp', turnedWebp(6, 'Exif\0\0')],
    ['no crop', 'avif', avifWith(rotation(1))],
    ['crop at the top left', 'avif', avifWith(crop(-18, -12))],
    ['crop in the center', 'avif', avifWith(crop(0, 0))],
    ['crop at the bottom right', 'avif', avifWith(crop(18, 12))],
    ['crop, rotation and mirroring', 'avif', avifWith(crop(10, 6), rotation(1), mirroring(0))],
    ['crop, mirroring', 'avif', avifWith(crop(10, 6), mirroring(1))],
  ] as const) {
    await fileInput(page).setInputFiles({ name: `me.${type}`, mimeType: `image/${type}`, buffer });
    const { url, png } = await readShown(page, previous);
    previous = url;
    const pixelsOf = (picture: Buffer) =>
      sharp(picture).autoOrient().removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const [shown, expected] = await Promise.all([pixelsOf(png), pixelsOf(buffer)]);
    expect([shown.info.width, shown.info.height], what).toEqual([expected.info.width, expected.info.height]);
    const difference = shown.data.reduce(
      (sum, value, at) => sum + Math.abs(value - (expected.data[at] ?? 0)),
      0,
    );
    expect(difference / shown.data.length, what).toBeLessThan(LOSS);
  }
});
