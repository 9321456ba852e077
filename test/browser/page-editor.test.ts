import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { viewer } from '../support/graphql.ts';
import {
  alert,
  button,
  choose,
  editor,
  expectFocus,
  fileInput,
  openPage,
  previews,
  recordUploads,
  saveButton,
  send,
  type TestFile,
} from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { QUADRANT_COLORS, quadrants, readQuadrants } from '../support/quadrants.ts';
import { touchscreen } from '../support/touchscreen.ts';

const PHOTO = picturePath('photo-2725x2225.jpg');
const PHONE = { hasTouch: true, isMobile: true };
const SCREENS = [
  { width: 360, height: 640, ...PHONE },
  { width: 390, height: 844, ...PHONE },
  { width: 1366, height: 657, hasTouch: false, isMobile: false },
] as const;

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const crop = (page: Page) => page.getByRole('group', { name: 'Crop' });
const zoom = (page: Page) => page.getByRole('slider', { name: 'Zoom' });
const warning = (page: Page) => page.locator('.crop-warning');

async function quadrantsFile(width: number, height: number): Promise<TestFile> {
  const buffer = await quadrants(width, height).png().toBuffer();
  return { name: 'quadrants.png', mimeType: 'image/png', buffer };
}

async function animation(): Promise<TestFile> {
  const frame = (background: string) =>
    sharp({ create: { width: 300, height: 300, channels: 3, background } })
      .png()
      .toBuffer();
  const frames = await Promise.all([frame('teal'), frame('orange')]);
  const buffer = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  return { name: 'moving.gif', mimeType: 'image/gif', buffer };
}

async function currentPicture(): Promise<Buffer> {
  const { webp } = (await viewer(server)).profilePicture as { webp: string };
  return Buffer.from(await (await fetch(webp)).arrayBuffer());
}

/** Returns the colors of the current picture at points in fractions of its edge. */
async function colorsAt(...points: readonly (readonly [x: number, y: number])[]): Promise<number[][]> {
  const picture = sharp(await currentPicture()).removeAlpha();
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return points.map(([x, y]) => {
    const at = 3 * (Math.floor(y * info.height) * info.width + Math.floor(x * info.width));
    return [...data.subarray(at, at + 3)];
  });
}

const near = (color: readonly number[]) => color.map((value) => expect.closeTo(value, -1.2));

describe.each(SCREENS)('On a screen of $width x $height', ({ width, height, ...device }) => {
  it('everything is visible without scrolling, and the page behind does not scroll', async () => {
    const page = await openPage(browser, server.url, { viewport: { width, height }, ...device });
    await choose(page, await animation());
    // The longest form: with the note for animations and the colors of the background.
    await button(page, 'Fit the whole picture on a background').click();
    await page.getByText('This animation becomes a still picture').waitFor();
    const dialog = editor(page);
    const controls = [
      crop(page),
      zoom(page),
      page.locator('.preview').first(),
      page.getByRole('radio', { name: 'Teal' }),
      dialog.getByLabel('Description'),
      ...(await dialog.getByRole('button').all()),
    ];
    expect(controls).toHaveLength(5 + 6);
    const expectVisible = async (control: Locator) => {
      const box = await control.boundingBox();
      expect(Math.min(box?.x ?? -1, box?.y ?? -1)).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
    };
    for (const control of controls) {
      await expectVisible(control);
    }
    const { width: cropWidth = 0, height: cropHeight } = (await crop(page).boundingBox()) ?? {};
    expect(cropHeight).toBe(cropWidth);
    expect(cropWidth).toBeGreaterThan(200);
    expect(
      await dialog.evaluate((element) => {
        const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
        return [scrollHeight - clientHeight, scrollWidth - clientWidth];
      }),
    ).toEqual([0, 0]);
    await page.mouse.move(4, height / 2);
    await page.mouse.wheel(0, 300);
    expect(await page.evaluate('getComputedStyle(document.documentElement).overflow')).toBe('hidden');
    expect(await page.evaluate('scrollY')).toBe(0);
    // An error is the only addition that can make the form scroll.
    await page.route('**/graphql', (route) => route.abort());
    await saveButton(page).click();
    await alert(page).waitFor();
    for (const control of [alert(page), saveButton(page), button(page, 'Cancel')]) {
      await expectVisible(control);
    }
  });

  it('a drag moves the picture', async () => {
    const page = await openPage(browser, server.url, { viewport: { width, height }, ...device });
    const uploads = recordUploads(page);
    await choose(page, PHOTO);
    if (device.hasTouch) {
      const touch = await touchscreen(page, crop(page));
      await touch('touchStart', [0, 0]);
      await touch('touchMove', [30, 0]);
      await touch('touchMove', [120, 0]);
      await touch('touchEnd');
    } else {
      await crop(page).hover();
      await page.mouse.down();
      await page.mouse.move(width / 2 + 200, height / 2, { steps: 3 });
      await page.mouse.up();
    }
    await send(page);
    // In the center, x is 0.092. See the page-send tests.
    expect(uploads[0]?.variables['crop']).toMatchObject({ x: 0, y: 0 });
  });
});

describe('The dialog', () => {
  it('closes with Escape, and the focus returns to the control that opened it', async () => {
    const page = await openPage(browser, server.url, { viewport: SCREENS[1], ...PHONE });
    for (const name of ['Choose a file', 'Take a photo']) {
      const chooser = page.waitForEvent('filechooser');
      await page.getByText(name).click();
      await (await chooser).setFiles(PHOTO);
      await expectFocus(page.getByRole('heading', { name: 'Crop your picture' }));
      await previews(page).first().waitFor();
      await crop(page).focus();
      await page.keyboard.press('Escape');
      await editor(page).waitFor({ state: 'detached' });
      await expectFocus(page.locator('label', { hasText: name }).locator('input'));
    }
  });

  it('saves with Enter, from the title, the crop and the description', async () => {
    const page = await openPage(browser, server.url);
    const targets = [
      page.getByRole('heading', { name: 'Crop your picture' }),
      crop(page),
      editor(page).getByLabel('Description'),
    ];
    for (const target of targets) {
      await choose(page, picturePath('photo.webp'));
      await target.focus();
      await page.keyboard.press('Enter');
      await editor(page).waitFor({ state: 'detached' });
    }
    await page.getByText('Profile picture updated.').waitFor();
  });

  it('does not let the focus leave it', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, PHOTO);
    const isInside = () =>
      page.evaluate(
        `[document.querySelector('portrait-editor'), document.body].includes(document.activeElement)`,
      );
    for (let presses = 0; presses < 15; presses += 1) {
      await page.keyboard.press('Tab');
      expect(await isInside()).toBe(true);
    }
  });
});

describe('The editor', () => {
  it('starts a tall picture at a third of its height, and sends the original file', async () => {
    const page = await openPage(browser, server.url);
    const uploads = recordUploads(page);
    await choose(page, await quadrantsFile(300, 1200));
    await send(page);
    const sent = uploads[0]?.variables['crop'] as Record<string, number>;
    expect(sent).toEqual({ x: 0, y: expect.closeTo(250 / 1200, 6), width: 1, height: 0.25 });
    expect((await viewer(server)).profilePicture).toMatchObject({ width: 300, height: 1200 });
  });

  it('turns and mirrors with buttons and keys, and sends what the preview shows', async () => {
    const page = await openPage(browser, server.url);
    const uploads = recordUploads(page);
    await choose(page, await quadrantsFile(400, 400));
    await button(page, 'Rotate right').click();
    await button(page, 'Rotate left').click();
    await crop(page).focus();
    await page.keyboard.press('r');
    await button(page, 'Mirror').click();
    expect(await button(page, 'Mirror').getAttribute('aria-pressed')).toBe('true');
    await send(page);
    expect(uploads[0]?.variables['crop']).toBeUndefined();
    // AB/CD is CA/DB after a clockwise turn. Then left and right are swapped.
    expect(await readQuadrants(await currentPicture())).toBe('AC/BD');
  });

  it('fits a whole wide logo on a color', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, await quadrantsFile(800, 200));
    await button(page, 'Fit the whole picture on a background').click();
    await page.getByRole('radio', { name: 'Teal' }).check();
    await send(page);
    const teal = [0x0f, 0x76, 0x6e];
    expect(await colorsAt([0.5, 0.1], [0.5, 0.9], [0.005, 0.5])).toEqual([teal, teal, teal].map(near));
    expect(await colorsAt([0.1, 0.45], [0.9, 0.45], [0.1, 0.55], [0.9, 0.55])).toEqual(
      Object.values(QUADRANT_COLORS).map(near),
    );
    const { profilePicture } = await viewer(server);
    expect(profilePicture?.width).toBe(profilePicture?.height);
  });

  it('fits a picture on a color that is not among its suggestions', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, await quadrantsFile(800, 200));
    await button(page, 'Fit the whole picture on a background').click();
    await page.getByLabel('Other color').fill('#8040c0');
    await send(page);
    expect(await colorsAt([0.5, 0.1])).toEqual([near([0x80, 0x40, 0xc0])]);
  });

  it('warns before a result that will look blurry', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, await quadrantsFile(600, 512));
    expect(await warning(page).isVisible()).toBe(false);
    await zoom(page).fill('2.1');
    await warning(page)
      .getByText(/^Only 244 × 244 pixels.*Zoom out/)
      .waitFor();
    await zoom(page).fill('2');
    await warning(page).waitFor({ state: 'hidden' });
    await page.keyboard.press('Escape');
    await choose(page, await quadrantsFile(300, 200));
    await warning(page)
      .getByText(/^Only 200 × 200 pixels.*A larger picture/)
      .waitFor();
    await page.keyboard.press('Escape');
    await expectFocus(fileInput(page));
  });
});
