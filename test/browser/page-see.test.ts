import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, openWatchedPage } from '../support/browser.ts';
import { findFreePort } from '../support/free-port.ts';
import { query, type TestUser, uploaded, viewer } from '../support/graphql.ts';
import {
  alert,
  button,
  choose,
  expectFocus,
  naturalWidth,
  nextFrame,
  openPage,
  portrait,
  removePicture,
  send,
} from '../support/page.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';

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

/** Gives the user `demo` a picture. */
async function withPicture(name = 'photo.webp'): Promise<NonNullable<TestUser['profilePicture']>> {
  return (await uploaded(server, await pictureFile(name))).profilePicture;
}

const restoreButton = (page: Page) => button(page, 'Restore previous picture');

describe('The picture', () => {
  it('is shown in the rendition that fits the screen, with its details', async () => {
    const { url, srcSet } = await withPicture();
    const page = await openPage(browser, server.url, {
      deviceScaleFactor: 2,
      timezoneId: 'Asia/Tokyo',
      locale: 'de-DE',
    });
    expect(await portrait(page).getAttribute('srcset')).toBe(srcSet);
    const shown = () =>
      portrait(page).evaluate((image) => (image as unknown as { currentSrc: string }).currentSrc);
    await expect.poll(shown).toBe(url.replace('256.webp', '512.webp'));
    expect(await page.locator('.facts dd').allTextContents()).toEqual([
      'photo.webp',
      '1024 × 772 pixels',
      expect.stringMatching(/^\d{1,2}\. \p{L}+ \d{4} um \d{2}:\d{2}$/u),
    ]);
    const { uploadedAt } = (await viewer(server)).profilePicture as { uploadedAt: string };
    const hour = new Date(uploadedAt).toLocaleTimeString('en-GB', {
      timeZone: 'Asia/Tokyo',
      timeStyle: 'short',
    });
    await page.locator('time', { hasText: hour }).waitFor();
  });

  it('is replaced by its placeholder while it loads, which is not visible behind it afterwards', async () => {
    const { placeholder } = await withPicture('transparent.png');
    const page = await openWatchedPage(browser, server.url);
    const release = Promise.withResolvers<void>();
    await page.route('**/static/pictures/**', async (route) => {
      await release.promise;
      await route.continue();
    });
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.locator('html.scripted .portrait .picture.loading').waitFor();
    const placeholderImage = page.locator('.portrait .placeholder');
    expect(await placeholderImage.getAttribute('src')).toBe(placeholder);
    await expect.poll(() => naturalWidth(placeholderImage)).toBeGreaterThan(0);
    expect(await placeholderImage.isVisible()).toBe(true);
    release.resolve();
    await page.locator('.portrait .picture.loaded').waitFor();
    await placeholderImage.waitFor({ state: 'hidden' });
  });

  it('shows an error if it cannot be loaded', async () => {
    await withPicture();
    const page = await openPage(browser, server.url, { mayFail: ['.webp'] });
    await page.route('**/static/pictures/**', (route) => route.abort());
    await page.reload();
    const sentence = 'The picture could not be loaded.';
    await page.locator('.portrait').getByText(sentence).waitFor();
    await page.setViewportSize({ width: 320, height: 800 });
    const { width, height } = (await page.locator('.portrait > .picture').boundingBox()) ?? {};
    expect([width, height]).toEqual([192, 192]);
  });

  it('is replaced by the initials if the user has none', async () => {
    const page = await openPage(browser, server.url);
    await page.getByRole('heading', { name: 'No profile picture' }).waitFor();
    const initials = page.getByAltText('Your initials');
    expect(await initials.getAttribute('src')).toMatch(/\/initials\/256\/\d+\/D\.svg$/);
    await expect.poll(() => naturalWidth(initials)).toBe(256);
  });

  it('can be removed, and the removal undone after a reload', async () => {
    const { id } = await withPicture();
    const page = await openPage(browser, server.url);
    await button(page, 'Remove picture').click();
    await page.getByText('Profile picture removed.').waitFor();
    await page.getByRole('heading', { name: 'No profile picture' }).waitFor();
    expect((await viewer(server)).profilePicture).toBeNull();
    await page.reload();
    await restoreButton(page).click();
    await page.getByText('Previous picture restored.').waitFor();
    await page.getByRole('heading', { name: 'Your profile picture' }).waitFor();
    expect((await viewer(server)).profilePicture?.id).toBe(id);
  });

  it('can be restored after a replacement and a reload, and then replaced again', async () => {
    const { id } = await withPicture();
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('transparent.png'));
    await send(page);
    const replacement = (await viewer(server)).profilePicture?.id;
    expect(replacement).not.toBe(id);
    await page.reload();
    await restoreButton(page).click();
    await page.getByText('Previous picture restored.').waitFor();
    expect((await viewer(server)).profilePicture?.id).toBe(id);
    await restoreButton(page).click();
    await expect.poll(async () => (await viewer(server)).profilePicture?.id).toBe(replacement);
  });

  it('cannot be restored if the trash is empty, and can be restored if it was removed elsewhere', async () => {
    const fresh = await portraitForTest();
    const page = await openPage(browser, fresh.url);
    await page.getByRole('heading', { name: 'No profile picture' }).waitFor();
    expect(await restoreButton(page).count()).toBe(0);
    await choose(page, picturePath('photo.webp'));
    await send(page);
    expect(await restoreButton(page).count()).toBe(0);
    await query(fresh, 'mutation { removeProfilePicture { id } }');
    await page.reload();
    await restoreButton(page).click();
    await page.getByText('Previous picture restored.').waitFor();
    expect(await restoreButton(page).count()).toBe(0);
  });

  it('is no longer offered once the trash is empty, and the error appears in the card', async () => {
    const fresh = await portraitForTest();
    const page = await openPage(browser, fresh.url);
    await choose(page, picturePath('photo.webp'));
    await send(page);
    await button(page, 'Remove picture').click();
    await restoreButton(page).waitFor();
    await query(fresh, 'mutation { restoreProfilePicture { id } }');
    await removePicture(fresh);
    await restoreButton(page).click();
    await expectFocus(alert(page).filter({ hasText: 'There is no earlier picture' }));
    expect(await alert(page).evaluate((element) => element.closest('.portrait') !== null)).toBe(true);
    expect(await restoreButton(page).count()).toBe(0);
    await page.reload();
    await page.locator('html.scripted').waitFor();
    await nextFrame(page);
    expect(await restoreButton(page).count()).toBe(0);
  });

  it('keeps its description after a reload', async () => {
    await withPicture();
    const page = await openPage(browser, server.url);
    const field = page.getByLabel('Description');
    expect(await button(page, 'Save').isDisabled()).toBe(true);
    await field.fill('A lighthouse at dusk ');
    await field.press('Enter');
    await page.getByText('Description saved.').waitFor();
    expect(await button(page, 'Save').isDisabled()).toBe(true);
    expect((await viewer(server)).profilePicture?.altText).toBe('A lighthouse at dusk');
    await page.reload();
    await page.locator('html.scripted').waitFor();
    expect(await field.inputValue()).toBe('A lighthouse at dusk');
    expect(await portrait(page).getAttribute('alt')).toBe('A lighthouse at dusk');
  });

  it('that was removed elsewhere gets no description, and the error appears next to the field', async () => {
    await withPicture();
    const page = await openPage(browser, server.url);
    await page.getByLabel('Description').fill('A lighthouse');
    await removePicture(server);
    await button(page, 'Save').click();
    await alert(page).waitFor();
    await expectFocus(alert(page));
    await page.locator('.alt-text > .fault').waitFor();
    expect(await page.getByLabel('Description').inputValue()).toBe('A lighthouse');
  });
});

describe('In demo mode, the page', () => {
  it.for([
    ['Developers', 'For developers'],
    ['GraphiQL', 'Files'],
  ] as const)('links to %s', async ([link, heading]) => {
    const page = await openPage(browser, server.url);
    await page.getByRole('link', { name: link, exact: true }).click();
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
  });
});

it('With sign-in, the page has no links for developers and operators', async () => {
  const host = await portraitForTest({ env: { AUTH_SECRET } });
  const html = await (await fetch(host.url, { headers: await signedIn('ann') })).text();
  expect(html).toContain('No profile picture');
  expect(html).not.toContain('<a ');
});

it.for(['localhost', '127.0.0.1'])(
  'The page works under a public URL with a path, whichever host it is opened at: %s',
  async (host) => {
    const port = await findFreePort();
    const publicUrl = `http://localhost:${port}/portrait`;
    await portraitForTest({ env: { PORT: String(port), PUBLIC_URL: publicUrl } });
    const page = await openPage(browser, `http://${host}:${port}/portrait/`, {
      origins: [new URL(publicUrl).origin],
    });
    await choose(page, picturePath('photo.webp'));
    await send(page);
    expect(await portrait(page).getAttribute('src')).toContain(`${publicUrl}/static/pictures/`);
    await expect.poll(() => naturalWidth(portrait(page))).toBeGreaterThan(0);
  },
);
