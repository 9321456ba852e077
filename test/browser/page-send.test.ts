import { appendFile, copyFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, throttleUploads } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { concurrentIt } from '../support/current-test.ts';
import { findFreePort } from '../support/free-port.ts';
import { uploaded, viewer } from '../support/graphql.ts';
import { holdingProxyFor } from '../support/holding-proxy.ts';
import {
  alert,
  button,
  choose,
  editor,
  expectFocus,
  fileInput,
  naturalWidth,
  openPage,
  portrait,
  previews,
  recordUploads,
  removePicture,
  saveButton,
  send,
  type TestFile,
} from '../support/page.ts';
import { paddedPicture, pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { childrenOf } from '../support/processes.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { touchscreen } from '../support/touchscreen.ts';

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

interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Copies a file to `me.jpg`, with an old date, because Chromium notices a change by its date in seconds. */
async function oldCopy(original: string): Promise<string> {
  const file = join(await temporaryFolder(), 'me.jpg');
  await copyFile(original, file);
  const date = new Date('2020-01-01');
  await utimes(file, date, date);
  return file;
}

/** Uploads the choice. Returns the crop that the page sent. */
async function sentCrop(page: Page): Promise<Crop> {
  const uploads = recordUploads(page);
  await send(page);
  return cropOf(uploads);
}

function cropOf([upload]: readonly { readonly variables: Record<string, unknown> }[]): Crop {
  return upload?.variables['crop'] as Crop;
}

/** Returns the states of all pictures in a server's database, oldest first. */
function picturesOf({ folder }: Portrait): unknown[] {
  const client = new Database(join(folder, 'data/portrait.db'), { readonly: true });
  try {
    return client.prepare('SELECT state FROM pictures ORDER BY sequence').pluck().all();
  } finally {
    client.close();
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    process.kill(pid, name);
  }
}

/** Creates a photo of this many bytes. */
async function largePhoto(bytes: number): Promise<TestFile> {
  const buffer = Buffer.from(await (await paddedPicture(bytes)).arrayBuffer());
  return { name: 'large.jpg', mimeType: 'image/jpeg', buffer };
}

const progress = (page: Page) => page.getByRole('progressbar');
const crop = (page: Page) => page.getByRole('group', { name: 'Crop' });
const zoom = (page: Page) => page.getByRole('slider', { name: 'Zoom' });

describe('The crop', () => {
  it('starts centered, at the full height of a landscape picture', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, PHOTO);
    const { x, y, width, height } = await sentCrop(page);
    expect([x, y, width, height].map((fraction) => Math.round(1000 * fraction))).toEqual([92, 0, 817, 1000]);
    expect((await viewer(server)).profilePicture).toMatchObject({ width: 2725, height: 2225 });
  });

  it.for(['orientation-1.jpg', 'orientation-3.jpg', 'orientation-6.jpg', 'orientation-8.jpg'])(
    'applies to the upright picture: %s matches its preview',
    async (name) => {
      const page = await openPage(browser, server.url);
      await choose(page, picturePath(name));
      await zoom(page).fill('1.7');
      await crop(page).focus();
      for (let step = 0; step < 5; step += 1) {
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowDown');
      }
      const before = await pixelsOf(await page.locator('.preview').first().screenshot());
      await send(page);
      const { webp } = (await viewer(server)).profilePicture as { webp: string };
      const after = await pixelsOf(Buffer.from(await (await fetch(webp)).arrayBuffer()));
      const differences = before.map((value, index) => Math.abs(value - (after[index] as number)));
      expect(Math.max(...differences)).toBeLessThan(24);
    },
  );

  it('zooms with the wheel, the keys and the slider, and moves with the arrow keys', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, PHOTO);
    const value = async () => Number(await zoom(page).inputValue());
    await crop(page).hover();
    await page.mouse.wheel(0, -200);
    await expect.poll(value).toBeGreaterThan(1.5);
    await crop(page).focus();
    await page.keyboard.press('-');
    const zoomed = await value();
    await page.keyboard.press('+');
    await expect.poll(value).toBeGreaterThan(zoomed);
    await zoom(page).focus();
    await page.keyboard.press('Home');
    await expect.poll(value).toBe(1);
    await zoom(page).fill('2');
    await crop(page).focus();
    for (let step = 0; step < 100; step += 1) {
      await page.keyboard.press('ArrowUp');
    }
    const { y, width, height } = await sentCrop(page);
    expect(y).toBeCloseTo(0.5, 2);
    expect([width, height].map((fraction) => Math.round(1000 * fraction))).toEqual([408, 500]);
  });

  it('zooms with two fingers', async () => {
    const page = await openPage(browser, server.url, {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 800 },
    });
    await choose(page, PHOTO);
    const touch = await touchscreen(page, crop(page));
    await touch('touchStart', [-20, 0], [20, 0]);
    await touch('touchMove', [-40, 0], [40, 0]);
    await touch('touchMove', [-60, 0], [60, 0]);
    await touch('touchEnd');
    await expect.poll(async () => Number(await zoom(page).inputValue())).toBeGreaterThan(1.5);
  });

  it('is not sent if the crop tool cannot be loaded', async () => {
    const page = await openPage(browser, server.url, { mayFail: [builtFile('cropper.js')] });
    await page.route(`**${builtFile('cropper.js')}`, (route) =>
      route.fulfill({ status: 404, contentType: 'text/javascript' }),
    );
    const uploads = recordUploads(page);
    await fileInput(page).setInputFiles(PHOTO);
    await page.getByText('The crop tool could not be loaded.').waitFor();
    await editor(page).getByLabel('Description').fill('  A lighthouse ');
    await send(page);
    expect(uploads.map(({ variables }) => variables)).toEqual([{ file: null, altText: '  A lighthouse ' }]);
    expect((await viewer(server)).profilePicture?.altText).toBe('A lighthouse');
  });
});

describe('An upload', () => {
  it('stops when it is canceled: the server keeps nothing, and the chosen picture stays', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, await largePhoto(4 * 1024 * 1024));
    await throttleUploads(page, 400_000);
    await saveButton(page).click();
    await expect.poll(() => server.uploads()).toHaveLength(1);
    await button(page, 'Cancel upload').click();
    await editor(page).getByText('Upload canceled.').waitFor();
    await expectFocus(page.getByRole('heading', { name: 'Crop your picture' }));
    await expect.poll(() => server.uploads()).toEqual([]);
    expect((await viewer(server)).profilePicture).toBeNull();
    expect(await previews(page).count()).toBe(3);
    await throttleUploads(page, -1);
    await send(page);
  });

  it('that is canceled while the server renders the picture never goes live', async () => {
    const slow = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
    const { profilePicture: previous } = await uploaded(slow, await pictureFile('photo.webp'));
    const decoders = await childrenOf(slow.pid);
    const proxy = await holdingProxyFor(slow);
    const page = await openPage(browser, proxy.url, { origins: [slow.url] });
    await choose(page, PHOTO);
    signal(decoders, 'SIGSTOP');
    await saveButton(page).click();
    await page.getByText('Processing…').waitFor();
    await expect.poll(() => picturesOf(slow)).toEqual(['live', 'pending']);
    const closed = proxy.nextClose();
    await button(page, 'Cancel upload').click();
    await page.getByText('Upload canceled.').waitFor();
    expect(await previews(page).count()).toBe(3);
    // The server receives the reset before it answers this request, so it knows that the client has disconnected.
    await closed;
    expect((await viewer(slow)).profilePicture?.id).toBe(previous.id);
    signal(decoders, 'SIGCONT');
    await expect.poll(() => picturesOf(slow)).toEqual(['live']);
    expect((await viewer(slow)).profilePicture?.id).toBe(previous.id);
  });

  it('that is canceled just after the server finished is shown, and can be undone', async () => {
    const { profilePicture: previous } = await uploaded(server, await pictureFile('photo.webp'));
    const proxy = await holdingProxyFor(server);
    const page = await openPage(browser, proxy.url, { origins: [server.url] });
    await choose(page, PHOTO);
    proxy.hold();
    await saveButton(page).click();
    const shownId = async () => (await viewer(server)).profilePicture?.id;
    await expect.poll(shownId).not.toBe(previous.id);
    proxy.release();
    await button(page, 'Cancel upload').click();
    await page.getByText('It was too late to cancel. Your profile picture was updated.').waitFor();
    expect(await portrait(page).getAttribute('src')).toContain(await shownId());
    await button(page, 'Restore previous picture').click();
    await page.getByText('Previous picture restored.').waitFor();
    expect(await shownId()).toBe(previous.id);
  });

  it('that is canceled while the server is unreachable may have been saved, and the page says so', async () => {
    const proxy = await holdingProxyFor(server);
    const page = await openPage(browser, proxy.url, { origins: [server.url], mayFail: [''] });
    await choose(page, PHOTO);
    proxy.hold();
    await saveButton(page).click();
    await page.getByText('Processing…').waitFor();
    await page.route('**/graphql', (route) => route.abort());
    await button(page, 'Cancel upload').click();
    await page.getByText('Upload canceled. If the picture was already saved').waitFor();
    expect(await previews(page).count()).toBe(3);
  });

  it('keeps the previous picture until the new picture has loaded or the user stops waiting', async () => {
    const { profilePicture: previous } = await uploaded(server, await pictureFile('photo.webp'));
    const page = await openPage(browser, server.url);
    await choose(page, PHOTO);
    // The page stops waiting after a few seconds, but not in this test.
    await page.evaluate(`(() => {
      const { setTimeout } = globalThis;
      globalThis.setTimeout = (run, delay, ...rest) => (delay >= 5000 ? 0 : setTimeout(run, delay, ...rest));
    })()`);
    const loading = page.waitForRequest('**/static/pictures/**');
    await page.route('**/static/pictures/**', () => {});
    await saveButton(page).click();
    await loading;
    expect(await portrait(page).getAttribute('src')).toBe(previous.url);
    await button(page, 'Cancel upload').click();
    await page.getByText('Profile picture updated.').waitFor();
    expect(await portrait(page).getAttribute('src')).toBe((await viewer(server)).profilePicture?.url);
    await page.locator('.portrait .picture.loading').waitFor();
  });

  it.for([
    ['is damaged', 'damaged.jpg', () => pictureFile('truncated.jpg'), /damaged|cut off|could not be read/i],
    [
      'only iOS can read',
      'app.png',
      async () => new File([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x04CgBI', 'latin1')], 'app.png'),
      /CgBI format/,
    ],
  ] as const)('of a file that %s shows an error and keeps the choice', async ([, name, file, sentence]) => {
    const page = await openPage(browser, server.url);
    const buffer = Buffer.from(await (await file()).arrayBuffer());
    await fileInput(page).setInputFiles({ name, mimeType: 'image/jpeg', buffer });
    // Chromium displays the damaged file, but not the other one.
    await saveButton(page).click();
    await alert(page).waitFor();
    expect(await alert(page).textContent()).toMatch(sentence);
    await expectFocus(alert(page));
    expect(await editor(page).count()).toBe(1);
    expect(await button(page, 'Try again').count()).toBe(0);
  });

  it.for([
    ['INVALID_CROP', { crop: { x: 0.9, y: 0, width: 0.5, height: 0.5 } }, '.tools'],
    ['IMAGE_TOO_SMALL', { crop: { x: 0, y: 0, width: 0.001, height: 0.001 } }, '.tools'],
    ['BAD_USER_INPUT', { altText: 'x'.repeat(10_000) }, '.field'],
  ] as const)(
    'that is rejected with %s shows the error next to the input that caused it',
    async ([, variables, place]) => {
      const page = await openPage(browser, server.url);
      await choose(page, PHOTO);
      // The page's fields do not allow these values.
      await page.evaluate(`(() => {
      const { append } = FormData.prototype;
      FormData.prototype.append = function (name, value) {
        const changed = (operations) => ({ ...operations, variables: { ...operations.variables, ...${JSON.stringify(variables)} } });
        append.call(this, name, name === 'operations' ? JSON.stringify(changed(JSON.parse(value))) : value);
      };
    })()`);
      await saveButton(page).click();
      await expectFocus(page.locator(`.editor-fields > ${place} + .fault`));
      expect(await alert(page).count()).toBe(1);
      expect(await previews(page).count()).toBe(3);
    },
  );

  it.for([
    ['deleted', (file: string) => rm(file)],
    ['saved again', (file: string) => copyFile(picturePath('photo.webp'), file)],
    ['extended', (file: string) => appendFile(file, 'x')],
  ] as const)('of a file that was %s after it was chosen asks for the file again', async ([, change]) => {
    const file = await oldCopy(PHOTO);
    const page = await openPage(browser, server.url);
    await choose(page, file);
    await change(file);
    await saveButton(page).click();
    await alert(page)
      .getByText('“me.jpg” was changed, moved or deleted after you chose it. Choose it again.')
      .waitFor();
    await expectFocus(alert(page));
    expect(await button(page, 'Try again').count()).toBe(0);
    await copyFile(PHOTO, file);
    await choose(page, file);
    // The first choice is visible until the page has read the file again.
    await alert(page).waitFor({ state: 'hidden' });
    await send(page);
  });

  it('that a gateway rejects with an unknown code can be retried', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, PHOTO);
    const body = JSON.stringify({ errors: [{ message: 'No way.', extensions: { code: 'GATEWAY_CLOSED' } }] });
    await page.route('**/graphql', (route) => route.fulfill({ status: 503, body }));
    await saveButton(page).click();
    await expectFocus(alert(page).filter({ hasText: 'No way.' }));
    await page.unroute('**/graphql');
    await button(page, 'Try again').click();
    await page.getByText('Profile picture updated.').waitFor();
  });

  it('is rejected if a limit was lowered after the page was opened', async () => {
    const port = String(await findFreePort());
    let host = await portraitForTest({ env: { PORT: port } });
    const page = await openPage(browser, host.url);
    await choose(page, PHOTO);
    for (const [env, sentence] of [
      [{ MAX_UPLOAD_BYTES: '100000' }, /larger than 97\.7 KiB \(100,000 bytes\)/],
      [{ MAX_PIXELS: '100000' }, /pixels/],
    ] as const) {
      await host.end('SIGTERM');
      host = await portraitForTest({ folder: host.folder, env: { PORT: port, ...env } });
      await saveButton(page).click();
      await alert(page).getByText(sentence).waitFor();
      expect(await previews(page).count()).toBe(3);
    }
  });

  it('of a signed-out user is rejected, and succeeds after the user signs in again, up to the rate limit', async () => {
    const host = await portraitForTest({ env: { AUTH_SECRET, UPLOADS_PER_HOUR: '1' } });
    const page = await openPage(browser, host.url, { extraHTTPHeaders: await signedIn('ann') });
    await choose(page, PHOTO);
    await page.setExtraHTTPHeaders({});
    await page.context().setExtraHTTPHeaders({});
    await saveButton(page).click();
    await alert(page).getByText('sign in').waitFor();
    await expectFocus(alert(page));
    await page.context().setExtraHTTPHeaders(await signedIn('ann'));
    await send(page);

    await choose(page, PHOTO);
    await saveButton(page).click();
    await alert(page).getByText('Too many uploads. Try again in 60 minutes.').waitFor();
    await button(page, 'Try again').waitFor();
  });

  // The following tests mostly wait and have their own servers, so they run concurrently.
  concurrentIt(
    'shows how much was sent, then the processing, and keeps the previous picture until the new picture is ready',
    async ({ expect }) => {
      const slow = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
      await uploaded(slow, await pictureFile('photo.webp'));
      const decoders = await childrenOf(slow.pid);
      const page = await openPage(browser, slow.url);
      const previous = await portrait(page).getAttribute('src');
      await page.evaluate('globalThis.notReloaded = true');
      await choose(page, await largePhoto(4 * 1024 * 1024));
      // The upload is slow enough to last until all of these checks are done.
      await throttleUploads(page, 100_000);
      signal(decoders, 'SIGSTOP');
      await saveButton(page).click();
      await page.getByText(/^[\d.]+ [KM]iB of 4 MiB uploaded$/).waitFor();
      await expectFocus(button(page, 'Cancel upload'));
      const value = async () => Number(await progress(page).getAttribute('value'));
      const first = await value();
      await expect.poll(value).toBeGreaterThan(first);
      expect(await progress(page).getAttribute('max')).toMatch(/^419\d{4}$/);
      await throttleUploads(page, -1);
      await page.getByText('Processing…').waitFor();
      expect(await progress(page).getAttribute('value')).toBeNull();
      expect(await portrait(page).getAttribute('src')).toBe(previous);
      signal(decoders, 'SIGCONT');
      await page.getByText('Profile picture updated.').waitFor();
      await expectFocus(page.getByRole('status').filter({ hasText: 'Profile picture updated.' }));
      const { profilePicture } = await viewer(slow);
      expect(profilePicture?.fileName).toBe('large.jpg');
      expect(await portrait(page).getAttribute('src')).toBe(profilePicture?.url);
      await expect.poll(() => naturalWidth(portrait(page))).toBeGreaterThan(0);
      expect(await page.evaluate('globalThis.notReloaded')).toBe(true);
    },
  );

  concurrentIt('can be retried after the connection is lost', async ({ expect }) => {
    const port = String(await findFreePort());
    const first = await portraitForTest({ env: { PORT: port } });
    // Every request to the killed server fails and logs an error to the console.
    const page = await openPage(browser, first.url, { mayFail: [''] });
    await choose(page, await largePhoto(3 * 1024 * 1024));
    await zoom(page).fill('2');
    await throttleUploads(page, 400_000);
    await saveButton(page).click();
    await expect.poll(() => first.uploads()).toHaveLength(1);
    await first.end('SIGKILL');
    await alert(page).getByText('Could not reach the server').waitFor();
    await expectFocus(alert(page));
    // The first alert is still visible, so the test waits for the request to fail.
    const failedAgain = page.waitForEvent('requestfailed');
    await button(page, 'Try again').click();
    await failedAgain;
    await alert(page).getByText('Could not reach the server').waitFor();
    expect(await zoom(page).inputValue()).toBe('2');
    // A retry sends the crop that is visible now.
    await zoom(page).fill('4');
    const second = await portraitForTest({ folder: first.folder, env: { PORT: port } });
    await throttleUploads(page, -1);
    const uploads = recordUploads(page);
    await button(page, 'Try again').click();
    await page.getByText('Profile picture updated.').waitFor();
    const { height } = cropOf(uploads);
    expect(height).toBeCloseTo(0.25, 3);
    expect((await viewer(second)).profilePicture?.fileName).toBe('large.jpg');
  });

  concurrentIt(
    'can be retried if the database is busy, and the error asks for a retry only once',
    async ({ expect }) => {
      const locked = await portraitForTest();
      const page = await openPage(browser, locked.url);
      await choose(page, PHOTO);
      const lock = new Database(join(locked.folder, 'data/portrait.db'));
      lock.exec('BEGIN IMMEDIATE');
      await saveButton(page).click();
      await alert(page).waitFor();
      expect(await alert(page).locator('p').textContent()).toBe('The server is busy. Try again in a moment.');
      await expectFocus(alert(page));
      lock.exec('COMMIT');
      lock.close();
      await button(page, 'Try again').click();
      await page.getByText('Profile picture updated.').waitFor();
    },
  );

  concurrentIt('can be retried if the disk is full', async ({ expect }) => {
    const full = await portraitForTest({ runner: ['prlimit', '--fsize=1000000'] });
    const page = await openPage(browser, full.url);
    await choose(page, await largePhoto(3 * 1024 * 1024));
    await saveButton(page).click();
    await alert(page).waitFor();
    expect(await alert(page).textContent()).toMatch(/no space|full/i);
    await expectFocus(alert(page));
    await button(page, 'Try again').waitFor();
    expect(await previews(page).count()).toBe(3);
  });
});

/** Scales a picture to 16 x 16 gray pixels. Returns the central 10 x 10, which a round frame does not cut off. */
async function pixelsOf(picture: Buffer): Promise<number[]> {
  const { data } = await sharp(picture)
    .flatten({ background: '#808080' })
    .resize(16, 16)
    .extract({ left: 3, top: 3, width: 10, height: 10 })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data];
}
