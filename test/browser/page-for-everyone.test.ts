import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, throttleUploads } from '../support/browser.ts';
import { viewer } from '../support/graphql.ts';
import {
  alert,
  button,
  choose,
  expectFocus,
  fileInput,
  openPage,
  removePicture,
  send,
} from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

const PHOTO = picturePath('photo-2725x2225.jpg');
const BUILT = join(import.meta.dirname, '../../static/page');
const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');

let server: Portrait;
let browser: Browser;
let axe: string;

beforeAll(async () => {
  [server, browser, axe] = await Promise.all([startPortrait(), launchBrowser(), readFile(AXE, 'utf8')]);
});
beforeEach(() => removePicture(server));
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [1280, 320] as const;

/** What axe-core finds in either colour scheme and at either width, and where the page is wider than its window. */
async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
      faults.push(...found.map((fault) => `${colorScheme}, ${width} px: ${fault}`));
    }
    if (await isWiderThanWindow(page)) {
      faults.push(`wider than ${width} px`);
    }
  }
  await setTextSize(page, '200%');
  if (await isWiderThanWindow(page)) {
    faults.push('wider than 320 px with text of twice the size');
  }
  await setTextSize(page, '');
  return faults;
}

function isWiderThanWindow(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
}

/** Scales all text, as the user's own setting does. */
async function setTextSize(page: Page, size: string): Promise<void> {
  await page.evaluate(`document.documentElement.style.fontSize = '${size}'`);
}

describe('In light and dark, at 1280 and 320 pixels, axe-core finds nothing', () => {
  it('from the first look to the undo', async () => {
    const page = await openPage(browser, server.url);
    await page.evaluate(axe);
    const faults: Record<string, string[]> = {};
    const look = async (state: string) => {
      faults[state] = await faultsOf(page);
    };
    await look('without a picture');
    await fileInput(page).setInputFiles(picturePath('drawing.svg'));
    await alert(page).waitFor();
    await look('refused before it is sent');
    await choose(page, PHOTO);
    await look('cropping');
    // So slow that it is still sent when all was looked at.
    await throttleUploads(page, 20_000);
    await button(page, 'Use this crop').click();
    await page.getByRole('progressbar').waitFor();
    await look('sending');
    await button(page, 'Cancel the upload').click();
    await page.getByText('The upload was cancelled.').waitFor();
    await look('cancelled');
    await throttleUploads(page, -1);
    await send(page);
    await page.locator('summary').click();
    await look('there');
    await button(page, 'Remove the picture').click();
    await button(page, 'Undo').waitFor();
    await look('removed');
    await fileInput(page).setInputFiles(picturePath('truncated.jpg'));
    await button(page, 'Use it as it is').click();
    await alert(page).waitFor();
    await look('refused by the server');
    expect(faults).toEqual(Object.fromEntries(Object.keys(faults).map((state) => [state, []])));
  });

  it('without JavaScript', async () => {
    // axe-core is a script itself, so the page shows what it would show without one.
    const page = await openPage(browser, server.url);
    await page.evaluate(axe);
    await page.evaluate('document.documentElement.classList.remove("scripted")');
    expect(await faultsOf(page)).toEqual([]);
  });
});

it('The page is used by the keyboard alone, from the choice to the undo', async () => {
  const page = await openPage(browser, server.url);
  const { keyboard } = page;
  const tabTo = async (
    name: string | RegExp,
    role: 'button' | 'link' | 'slider' | 'group' | 'textbox' = 'button',
  ) => {
    const target = page.getByRole(role, { name });
    // The presses take no time, so they would be over before what comes late, or is enabled late, can take the focus.
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
  // Before anything is pressed: Chromium has to be told first to hand the dialog over.
  const chooser = page.waitForEvent('filechooser');
  await tabTo('Choose a file');
  await keyboard.press('Enter');
  await (await chooser).setFiles(PHOTO);
  await expectFocus(page.getByRole('heading', { name: 'Choose the part to show' }));
  await page.getByRole('slider').waitFor();
  await tabTo('Crop', 'group');
  await keyboard.press('+');
  await keyboard.press('ArrowLeft');
  await tabTo('Zoom', 'slider');
  await keyboard.press('ArrowRight');
  await tabTo(/^Description/, 'textbox');
  await keyboard.type('A saw');
  await tabTo('Use this crop');
  await keyboard.press('Enter');
  await expectFocus(page.getByRole('status').filter({ hasText: 'Your new picture is there.' }));
  expect((await viewer(server)).profilePicture?.altText).toBe('A saw');
  await page.keyboard.press('Shift+Tab');
  await tabTo('Remove the picture');
  await keyboard.press('Enter');
  await page.getByText('Your picture was removed.').waitFor();
  await tabTo('Undo');
  await keyboard.press('Enter');
  await page.getByText('Your earlier picture is back.').waitFor();
  expect((await viewer(server)).profilePicture?.altText).toBe('A saw');
});

it('What happens is told to screen readers: in live regions, politely, and faults at once', async () => {
  const page = await openPage(browser, server.url);
  await choose(page, PHOTO);
  await throttleUploads(page, 100_000);
  await button(page, 'Use this crop').click();
  await page.getByRole('status').filter({ hasText: 'The picture is being sent.' }).waitFor();
  await page.getByRole('progressbar', { name: /of 810\.\d KiB sent/ }).waitFor();
  await throttleUploads(page, -1);
  await page.getByRole('status').filter({ hasText: 'Your new picture is there.' }).waitFor();
  await fileInput(page).setInputFiles(picturePath('drawing.svg'));
  await page.getByRole('alert').filter({ hasText: 'is not a picture' }).waitFor();
});

it('Nothing moves for whoever prefers that', async () => {
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

it('The page has less than 40 KB of compressed JavaScript, with the crop tool less than 100 KB', async () => {
  const names = (await readdir(BUILT)).filter((name) => name.endsWith('.js'));
  const sizes = new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, number]> => [name, gzipSync(await readFile(join(BUILT, name))).length],
      ),
    ),
  );
  expect([...sizes.keys()].sort()).toEqual(['cropper.js', 'page.js']);
  expect(sizes.get('page.js')).toBeLessThan(40_000);
  expect((sizes.get('page.js') ?? 0) + (sizes.get('cropper.js') ?? 0)).toBeLessThan(100_000);
});
