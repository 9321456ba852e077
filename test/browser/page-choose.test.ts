import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, throttleUploads } from '../support/browser.ts';
import {
  alert,
  button,
  choose,
  expectFocus,
  fileInput,
  giveFile,
  naturalWidth,
  nextFrame,
  openPage,
  previews,
  send,
  type TestFile,
} from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

async function photo(name = 'photo.webp'): Promise<TestFile> {
  return { name, mimeType: 'image/webp', buffer: await readFile(picturePath('photo.webp')) };
}

const blank = async (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();

describe('A picture is chosen', () => {
  it('by the button, and shown round in the usual sizes before anything is sent', async () => {
    const page = await openPage(browser, server.url);
    const posts: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await choose(page, picturePath('photo-2725x2225.jpg'));
    await expectFocus(page.getByRole('heading', { name: 'Choose the part to show' }));
    const frames = await page.locator('.preview').all();
    const boxes = await Promise.all(frames.map((frame) => frame.boundingBox()));
    expect(boxes.map((box) => [box?.width, box?.height])).toEqual([
      [128, 128],
      [64, 64],
      [32, 32],
    ]);
    expect(posts).toEqual([]);
  });

  it('by a drop anywhere on the page, which says so while the file is above it', async () => {
    const page = await openPage(browser, server.url);
    const file = await photo();
    await giveFile(page, 'dragover', file);
    await page.getByText('Drop the picture to use it').waitFor();
    await giveFile(page, 'drop', file);
    await previews(page).first().waitFor();
    expect(await page.getByText('Drop the picture to use it').count()).toBe(0);
  });

  it('by a paste', async () => {
    const page = await openPage(browser, server.url);
    await giveFile(page, 'paste', await photo());
    await previews(page).first().waitFor();
  });

  it('not by a paste of text into a field, though there be a picture of the text', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo.webp'));
    const target = '#new-alt-text';
    expect(await giveFile(page, 'paste', await photo(), { target, text: 'A lighthouse' })).toBe(false);
    expect(await giveFile(page, 'paste', await photo('other.webp'), { target })).toBe(true);
  });

  it('not while another is being sent, and the page offers no place for it then', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo-2725x2225.jpg'));
    await throttleUploads(page, 20_000);
    await button(page, 'Use this crop').click();
    await page.getByRole('progressbar').waitFor();
    // Else the browser would open the file in the page's place.
    expect(await giveFile(page, 'dragover', await photo())).toBe(true);
    await nextFrame(page);
    expect(await page.getByText('Drop the picture to use it').count()).toBe(0);
    expect(await giveFile(page, 'drop', await photo())).toBe(true);
    await button(page, 'Cancel the upload').click();
    await page.getByText('The upload was cancelled.').waitFor();
    expect(await previews(page).count()).toBe(3);
    await button(page, 'Cancel').click();
    await expectFocus(fileInput(page));
    expect(await page.getByText('The upload was cancelled.').count()).toBe(0);
  });

  it('by the camera of a device that is touched, and of no other', async () => {
    const phone = await openPage(browser, server.url, {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 800 },
    });
    const camera = phone.locator('label', { hasText: 'Take a photo' });
    await camera.waitFor();
    expect(await camera.locator('input').getAttribute('capture')).toBe('user');
    await camera.locator('input').setInputFiles(picturePath('orientation-6.jpg'));
    await previews(phone).first().waitFor();
    const desktop = await openPage(browser, server.url);
    expect(await desktop.getByText('Take a photo').isVisible()).toBe(false);
  });

  it('anew, or not at all', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo.webp'));
    const chooser = page.waitForEvent('filechooser');
    await button(page, 'Choose another').click();
    await (await chooser).setFiles(picturePath('transparent.png'));
    const { width } = await sharp(picturePath('transparent.png')).metadata();
    await expect.poll(() => naturalWidth(previews(page).first())).toBe(width);
    await button(page, 'Cancel').click();
    await expectFocus(fileInput(page));
    expect(await previews(page).count()).toBe(0);
  });
});

describe('Before anything is sent', () => {
  it.for([
    [
      'more bytes than are taken',
      'large.jpg',
      () => Buffer.alloc(6 * 1024 * 1024),
      /has 6 MiB; at most 5 MiB can be used/,
    ],
    [
      'one byte more than is taken',
      'large.jpg',
      () => Buffer.alloc(5 * 1024 * 1024 + 1),
      /has 5,242,881 bytes; at most 5,242,880 bytes/,
    ],
    [
      'an extension that is not taken',
      'notes.txt',
      () => Buffer.from('text'),
      /“notes.txt” is not a picture.*JPEG, PNG, WebP, GIF,? or AVIF/,
    ],
    ['no byte', 'empty.png', () => Buffer.alloc(0), /“empty.png” is empty/],
    ['the name of a HEIC', 'IMG_1.HEIC', () => Buffer.from('text'), /HEIC picture.*export it as JPEG/],
    [
      'the content of a HEIC',
      'photo.jpg',
      () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
      /HEIC picture.*export it as JPEG/,
    ],
    ['too few pixels', 'tiny.png', () => blank(31, 400), /has 31 × 400 pixels; at least 32 × 32 are needed/],
    [
      'too many pixels',
      'huge.png',
      () => blank(10_000, 5001),
      /has 10000 × 5001 pixels.*more than the 50 million/,
    ],
  ] as const)('a file with %s is refused', async ([, name, content, sentence]) => {
    const page = await openPage(browser, server.url);
    const posts: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await fileInput(page).setInputFiles({ name, mimeType: 'image/jpeg', buffer: await content() });
    await alert(page).waitFor();
    expect(await alert(page).textContent()).toMatch(sentence);
    await expectFocus(alert(page));
    expect(await previews(page).count()).toBe(0);
    expect(posts).toEqual([]);
  });

  it('a file that cannot be read any more, like a folder, is told of in words', async () => {
    const page = await openPage(browser, server.url);
    const path = join(await temporaryFolder(), 'gone.webp');
    await copyFile(picturePath('photo.webp'), path);
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<input id="kept" type="file">')`);
    await page.locator('#kept').setInputFiles(path);
    // Asked only afterwards, the browser would take it for an empty file.
    expect(await page.evaluate(`document.querySelector('#kept').files[0].size`)).toBeGreaterThan(0);
    await rm(path);
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(document.querySelector('#kept').files[0]);
      document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    })()`);
    await page.locator('.chooser').getByRole('alert').getByText('“gone.webp” cannot be read.').waitFor();
    await expectFocus(alert(page));
  });

  it('a name with a dot that begins no extension is no fault', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, await photo('John Smith Jr. photo'));
    await send(page);
  });

  it('a file that is refused leaves the choice before it', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo.webp'));
    await fileInput(page).setInputFiles(picturePath('drawing.svg'));
    await alert(page).getByText('“drawing.svg” is not a picture').waitFor();
    expect(await previews(page).count()).toBe(3);
    await fileInput(page).setInputFiles(picturePath('transparent.png'));
    await expect.poll(() => alert(page).count()).toBe(0);
  });

  it('a picture that the browser cannot show may still be sent as it is', async () => {
    const page = await openPage(browser, server.url);
    const buffer = Buffer.from('\x89PNG\r\n\x1a\nbroken', 'latin1');
    await fileInput(page).setInputFiles({ name: 'odd.png', mimeType: 'image/png', buffer });
    await page.getByText('This browser cannot show odd.png').waitFor();
    expect(await button(page, 'Use this crop').count()).toBe(0);
    await button(page, 'Use it as it is').click();
    await alert(page).waitFor();
    await expectFocus(alert(page));
    await page.getByText('This browser cannot show odd.png').waitFor();
  });
});
