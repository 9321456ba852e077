import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadAxe, violationsOf } from '../support/axe.ts';
import { launchBrowser, throttleUploads } from '../support/browser.ts';
import { STATIC, withoutHash } from '../support/built-file.ts';
import { viewer } from '../support/graphql.ts';
import {
  alert,
  button,
  choose,
  expectFocus,
  fileInput,
  openPage,
  removePicture,
  saveButton,
  send,
} from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

const PHOTO = picturePath('photo-2725x2225.jpg');

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

describe('axe-core finds nothing in light and dark mode at 1280 and 320 pixels', () => {
  it('from the first visit to the undo', async () => {
    const page = await openPage(browser, server.url);
    await loadAxe(page);
    const problems: Record<string, string[]> = {};
    const check = async (state: string) => {
      problems[state] = await violationsOf(page);
    };
    await check('without a picture');
    await fileInput(page).setInputFiles(picturePath('drawing.svg'));
    await alert(page).waitFor();
    await check('rejected before the upload');
    await choose(page, PHOTO);
    await check('cropping');
    // The upload is slow enough to last until all checks are done.
    await throttleUploads(page, 20_000);
    await saveButton(page).click();
    await page.getByRole('progressbar').waitFor();
    await check('uploading');
    await button(page, 'Cancel upload').click();
    await page.getByText('Upload canceled.').waitFor();
    await check('canceled');
    await throttleUploads(page, -1);
    await send(page);
    await check('uploaded');
    await button(page, 'Remove picture').click();
    await button(page, 'Restore previous picture').waitFor();
    await check('removed');
    await fileInput(page).setInputFiles(picturePath('truncated.jpg'));
    await saveButton(page).click();
    await alert(page).waitFor();
    await check('rejected by the server');
    expect(problems).toEqual(Object.fromEntries(Object.keys(problems).map((state) => [state, []])));
  });

  it('without JavaScript', async () => {
    // axe-core needs JavaScript, so the test only removes the class that shows the parts that need JavaScript.
    const page = await openPage(browser, server.url);
    await loadAxe(page);
    await page.evaluate('document.documentElement.classList.remove("scripted")');
    expect(await violationsOf(page)).toEqual([]);
  });
});

it('The page works with the keyboard alone, from the choice to the undo', async () => {
  const page = await openPage(browser, server.url);
  const { keyboard } = page;
  const tabTo = async (
    name: string | RegExp,
    role: 'button' | 'link' | 'slider' | 'group' | 'textbox' = 'button',
  ) => {
    const target = page.getByRole(role, { name });
    // Key presses take no time. Wait first, so that a control that appears or is enabled late can take the focus.
    await target.and(page.locator(':not(:disabled)')).waitFor();
    for (
      let presses = 0;
      presses < 30 && (await target.and(page.locator(':focus')).count()) === 0;
      presses += 1
    ) {
      await keyboard.press('Tab');
    }
    await expectFocus(target);
  };
  // Wait for the event before the key press, because Playwright must intercept Chromium's dialog in advance.
  const chooser = page.waitForEvent('filechooser');
  await tabTo('Choose a file');
  await keyboard.press('Enter');
  await (await chooser).setFiles(PHOTO);
  await expectFocus(page.getByRole('heading', { name: 'Crop your picture' }));
  await page.getByRole('slider').waitFor();
  await tabTo('Crop', 'group');
  await keyboard.press('+');
  await keyboard.press('ArrowLeft');
  await tabTo('Zoom', 'slider');
  await keyboard.press('ArrowRight');
  await tabTo(/^Description/, 'textbox');
  await keyboard.type('A saw');
  await keyboard.press('Enter');
  await page.getByText('Profile picture updated.').waitFor();
  await expectFocus(button(page, 'Choose a file'));
  expect((await viewer(server)).profilePicture?.altText).toBe('A saw');
  await page.keyboard.press('Shift+Tab');
  await tabTo('Remove picture');
  await keyboard.press('Enter');
  await page.getByText('Profile picture removed.').waitFor();
  await tabTo('Restore previous picture');
  await keyboard.press('Enter');
  await page.getByText('Previous picture restored.').waitFor();
  expect((await viewer(server)).profilePicture?.altText).toBe('A saw');
});

it('For screen readers, progress and results are status messages, and errors are alerts', async () => {
  const page = await openPage(browser, server.url);
  await choose(page, PHOTO);
  await throttleUploads(page, 100_000);
  await saveButton(page).click();
  await page.getByRole('status').filter({ hasText: 'Uploading your picture.' }).waitFor();
  await page.getByRole('progressbar', { name: /of 810\.\d KiB uploaded/ }).waitFor();
  await throttleUploads(page, -1);
  await page.getByRole('status').filter({ hasText: 'Profile picture updated.' }).waitFor();
  await fileInput(page).setInputFiles(picturePath('drawing.svg'));
  await page.getByRole('alert').filter({ hasText: 'has an unsupported file type' }).waitFor();
});

it('The picture is not animated for users who prefer reduced motion', async () => {
  const transition = async (reducedMotion: 'reduce' | 'no-preference') => {
    const page = await openPage(browser, server.url, { reducedMotion });
    await choose(page, PHOTO);
    await send(page);
    const picture = page.locator('.portrait .picture > img').last();
    return await picture.evaluate(
      (image) => image.ownerDocument.defaultView?.getComputedStyle(image).transitionDuration,
    );
  };
  expect(await transition('no-preference')).toBe('0.25s');
  expect(await transition('reduce')).toBe('0s');
});

it('The page has less than 60 KB of compressed JavaScript, the elements less than 40 KB, and the editor less than 100 KB', async () => {
  const paths = await readdir(STATIC, { recursive: true });
  const names = paths.filter((name) => /^(page|elements)\/[^/]+\.js$/.test(name));
  const sizes = new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, number]> => [
          withoutHash(name),
          gzipSync(await readFile(join(STATIC, name))).length,
        ],
      ),
    ),
  );
  const elements = ['elements/dialog.js', 'elements/jsxRuntime.js', 'elements/portrait.js'];
  const onDemand = ['elements/cropper.js', 'elements/photo-worker.js'];
  expect([...sizes.keys()].sort()).toEqual(
    [...elements, ...onDemand, 'elements/libheif.js', 'page/developers.js', 'page/page.js'].sort(),
  );
  const sum = (files: readonly string[]) => files.reduce((total, file) => total + (sizes.get(file) ?? 0), 0);
  expect(sum(elements)).toBeLessThan(40_000);
  expect(sum(['page/page.js', ...elements])).toBeLessThan(60_000);
  expect(sum(['page/page.js', ...elements, ...onDemand])).toBeLessThan(100_000);
});
