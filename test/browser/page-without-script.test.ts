import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchBrowser, openWatchedPage } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { uploaded, viewer } from '../support/graphql.ts';
import { button, fileInput, naturalWidth, portrait, removePicture } from '../support/page.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
beforeEach(() => removePicture(server));
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

async function openPlainPage(path = '/'): Promise<Page> {
  const page = await openWatchedPage(browser, server.url, { javaScriptEnabled: false });
  await page.goto(server.url + path);
  return page;
}

it('Without JavaScript, the page shows the picture and the rules, and nothing that needs JavaScript', async () => {
  await uploaded(server, await pictureFile('photo.webp'), { altText: 'A lighthouse' });
  const page = await openPlainPage();
  await page.getByRole('heading', { name: 'Your profile picture' }).waitFor();
  expect(await page.getByAltText('A lighthouse').first().isVisible()).toBe(true);
  await expect.poll(() => naturalWidth(portrait(page))).toBeGreaterThan(0);
  const opacity = () =>
    portrait(page).evaluate((image) => image.ownerDocument.defaultView?.getComputedStyle(image).opacity);
  expect(await opacity()).toBe('1');
  await page.getByText('JPEG, PNG, WebP, GIF, or AVIF. Up to 5 MiB, at least 32 × 32 pixels.').waitFor();
  await page.getByText(/\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/).waitFor();
  const buttons = await page.locator('button:visible').allTextContents();
  expect(buttons).toEqual(['Remove picture', 'Upload']);
  expect(await fileInput(page).isVisible()).toBe(true);
  expect(await page.getByText('or drop or paste one anywhere on this page').isVisible()).toBe(false);
});

it('Without JavaScript, users can upload, remove and restore a picture, and each response is the page', async () => {
  const page = await openPlainPage('/?from=profile');
  await fileInput(page).setInputFiles(picturePath('photo.webp'));
  await button(page, 'Upload').click();
  await page.getByRole('heading', { name: 'Your profile picture' }).waitFor();
  expect(page.url()).toBe(`${server.url}/?from=profile`);
  expect(await portrait(page).getAttribute('src')).toBe((await viewer(server)).profilePicture?.url);
  await button(page, 'Remove picture').click();
  await page.getByRole('heading', { name: 'No profile picture' }).waitFor();
  await button(page, 'Restore previous picture').click();
  await page.getByRole('heading', { name: 'Your profile picture' }).waitFor();
});

it('Without JavaScript, an error page has styles and a link back', async () => {
  const page = await openPlainPage();
  await fileInput(page).setInputFiles(picturePath('truncated.jpg'));
  await button(page, 'Upload').click();
  await page.getByRole('heading', { name: 'That did not work' }).waitFor();
  await page.getByText('(UNREADABLE_IMAGE)').waitFor();
  const card = page.locator('.card');
  expect((await card.boundingBox())?.width).toBeGreaterThan(400);
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('heading', { name: 'No profile picture' }).waitFor();
});

it('The browser renders the same page as the server', async () => {
  await uploaded(server, await pictureFile('photo.webp'));
  const plain = await openPlainPage();
  const scripted = await openWatchedPage(browser, server.url);
  await scripted.goto(server.url);
  await scripted.locator('html.scripted .portrait .picture.loaded').waitFor();
  const comparable = async (page: Page) =>
    (await page.locator('main').innerHTML())
      .replaceAll('picture loaded', 'picture loading')
      // The script shows times in the reader's format.
      .replace(/(<time [^>]*>)[^<]*/, '$1');
  expect(await comparable(scripted)).toBe(await comparable(plain));
  await expect.poll(() => naturalWidth(portrait(scripted))).toBeGreaterThan(0);
});

it('A picture that loads before the script does not disappear when the script takes over', async () => {
  await uploaded(server, await pictureFile('photo.webp'));
  const page = await openWatchedPage(browser, server.url);
  await page.addInitScript(`
    globalThis.framesWithoutPicture = 0;
    (function countFrame() {
      globalThis.framesWithoutPicture += document.querySelectorAll('html.scripted .portrait .picture.loading').length;
      requestAnimationFrame(countFrame);
    })();
  `);
  const script = Promise.withResolvers<void>();
  await page.route(`**${builtFile('page.js')}`, async (route) => {
    await script.promise;
    await route.continue();
  });
  await page.goto(server.url, { waitUntil: 'commit' });
  await expect.poll(() => naturalWidth(portrait(page))).toBeGreaterThan(0);
  script.resolve();
  await page.locator('html.scripted .portrait .picture.loaded').waitFor();
  expect(await page.evaluate('globalThis.framesWithoutPicture')).toBe(0);
});
