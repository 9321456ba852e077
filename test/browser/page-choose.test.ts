import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../hostile/files/png.ts';
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
  saveButton,
  send,
  type TestFile,
} from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
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

/** A file that starts like a JPEG, and that no browser can display. */
const damagedJpeg = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(bytes - 4)]);

const blank = async (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();

describe('Choosing a picture', () => {
  it('with the button shows round previews in common sizes and sends nothing', async () => {
    const page = await openPage(browser, server.url);
    const posts: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await choose(page, picturePath('photo-2725x2225.jpg'));
    await expectFocus(page.getByRole('heading', { name: 'Crop your picture' }));
    const frames = await page.locator('.preview').all();
    const boxes = await Promise.all(frames.map((frame) => frame.boundingBox()));
    expect(boxes.map((box) => [box?.width, box?.height])).toEqual([
      [128, 128],
      [64, 64],
      [32, 32],
    ]);
    expect(posts).toEqual([]);
  });

  it('works by dropping a file anywhere on the page, which shows a hint during the drag', async () => {
    const page = await openPage(browser, server.url);
    const file = await photo();
    await giveFile(page, 'dragover', file);
    await page.getByText('Drop your picture here').waitFor();
    await giveFile(page, 'drop', file);
    await previews(page).first().waitFor();
    expect(await page.getByText('Drop your picture here').count()).toBe(0);
  });

  it('works by pasting', async () => {
    const page = await openPage(browser, server.url);
    await giveFile(page, 'paste', await photo());
    await previews(page).first().waitFor();
  });

  it('ignores a picture that is pasted into a field together with text', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo.webp'));
    const target = '.editor input[type=text]';
    expect(await giveFile(page, 'paste', await photo(), { target, text: 'A lighthouse' })).toBe(false);
    expect(await giveFile(page, 'paste', await photo('other.webp'), { target })).toBe(true);
  });

  it('is disabled during an upload, and the page shows no drop hint then', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo-2725x2225.jpg'));
    await throttleUploads(page, 20_000);
    await saveButton(page).click();
    await page.getByRole('progressbar').waitFor();
    // If the page did not cancel the event, the browser would open the file in place of the page.
    expect(await giveFile(page, 'dragover', await photo())).toBe(true);
    await nextFrame(page);
    expect(await page.getByText('Drop your picture here').count()).toBe(0);
    expect(await giveFile(page, 'drop', await photo())).toBe(true);
    await button(page, 'Cancel upload').click();
    await page.getByText('Upload canceled.').waitFor();
    expect(await previews(page).count()).toBe(3);
    await button(page, 'Cancel').click();
    await expectFocus(fileInput(page));
    expect(await page.getByText('Upload canceled.').count()).toBe(0);
  });

  it('works with the camera, on touch devices only', async () => {
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

  it('can be repeated in the editor, and canceled', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo.webp'));
    const buffer = await readFile(picturePath('transparent.png'));
    await giveFile(page, 'dragover', await photo());
    const hint = page.getByText('Drop your picture here');
    await hint.waitFor();
    // Only an element in the browser's top layer is visible above the dialog.
    expect(await hint.evaluate((element) => element.matches(':popover-open'))).toBe(true);
    await giveFile(page, 'drop', { name: 'transparent.png', mimeType: 'image/png', buffer });
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
      'too many bytes',
      'large.jpg',
      () => damagedJpeg(6 * 1024 * 1024),
      /too large \(6 MiB\)\. The limit is 5 MiB\./,
    ],
    [
      'one byte too many',
      'large.jpg',
      () => damagedJpeg(5 * 1024 * 1024 + 1),
      /too large \(5,242,881 bytes\)\. The limit is 5,242,880 bytes\./,
    ],
    [
      'an unsupported extension',
      'notes.txt',
      () => Buffer.from('text'),
      /“notes.txt” has an unsupported file type.*JPEG, PNG, WebP, GIF,? or AVIF/,
    ],
    ['no content', 'empty.png', () => Buffer.alloc(0), /“empty.png” is empty/],
    [
      'damaged HEIC content',
      'photo.jpg',
      () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
      /“photo.jpg” is damaged/,
    ],
    [
      'too few pixels',
      'tiny.png',
      () => blank(31, 400),
      /too small \(31 × 400 pixels\)\. The minimum is 32 × 32 pixels\./,
    ],
    [
      'too many pixels',
      'huge.png',
      () => makePng({ width: 20_000, height: 12_801, bitDepth: 1, colourType: 0 }),
      /too large \(20000 × 12801 pixels\)\. The limit is 256 megapixels\./,
    ],
  ] as const)('a file with %s is rejected', async ([, name, content, sentence]) => {
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

  it('a photo that cannot be reduced to the limit shows its own size', async () => {
    const host = await portraitForTest({ env: { MAX_UPLOAD_BYTES: '300' } });
    const page = await openPage(browser, host.url);
    await choose(page, picturePath('photo.webp'));
    await saveButton(page).click();
    const { size } = await stat(picturePath('photo.webp'));
    const kibibytes = (size / 1024).toFixed(1);
    await alert(page)
      .getByText(`“photo.webp” is too large (${kibibytes} KiB). The limit is 300 bytes.`)
      .waitFor();
  });

  it('a photo of a phone with 50 megapixels is accepted', async () => {
    const page = await openPage(browser, server.url);
    const buffer = makePng({ width: 8192, height: 6144, bitDepth: 1, colourType: 0 });
    await choose(page, { name: 'photo.png', mimeType: 'image/png', buffer });
  });

  it('a file that can no longer be read shows an error', async () => {
    const page = await openPage(browser, server.url);
    const path = join(await temporaryFolder(), 'gone.webp');
    await copyFile(picturePath('photo.webp'), path);
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<input id="kept" type="file">')`);
    await page.locator('#kept').setInputFiles(path);
    // The browser must read the size before the deletion. Otherwise it treats the file as empty.
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

  it.for(['John Smith Jr. photo', 'IMG_1.HEIC'])('a picture named %j is accepted', async (name) => {
    const page = await openPage(browser, server.url);
    await choose(page, await photo(name));
    await send(page);
  });

  it('a rejected file leaves the previous choice in place', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('photo.webp'));
    await fileInput(page).setInputFiles(picturePath('drawing.svg'));
    await alert(page).getByText('“drawing.svg” has an unsupported file type').waitFor();
    expect(await previews(page).count()).toBe(3);
    await fileInput(page).setInputFiles(picturePath('transparent.png'));
    await expect.poll(() => alert(page).count()).toBe(0);
  });

  it('a picture that the browser cannot display can still be sent, without a crop', async () => {
    const page = await openPage(browser, server.url);
    const buffer = Buffer.from('\x89PNG\r\n\x1a\nbroken', 'latin1');
    await fileInput(page).setInputFiles({ name: 'odd.png', mimeType: 'image/png', buffer });
    await page.getByText('This browser cannot display “odd.png”').waitFor();
    expect(await page.locator('.crop-area').count()).toBe(0);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await saveButton(page).click();
    expect((await sent).postData()).toContain('"variables":{"file":null}}');
    await alert(page).waitFor();
    await expectFocus(alert(page));
    await page.getByText('This browser cannot display “odd.png”').waitFor();
  });
});
