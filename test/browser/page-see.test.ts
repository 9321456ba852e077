import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, openWatchedPage } from '../support/browser.ts';
import { findFreePort } from '../support/free-port.ts';
import { type TestUser, uploaded, viewer } from '../support/graphql.ts';
import {
  alert,
  button,
  CLIPBOARD,
  choose,
  copied,
  expectFocus,
  naturalWidth,
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

/** The user `demo` with a picture. */
async function withPicture(name = 'photo.webp'): Promise<NonNullable<TestUser['profilePicture']>> {
  return (await uploaded(server, await pictureFile(name))).profilePicture;
}

describe('The picture', () => {
  it('is shown in the rendition that fits the screen, with its data', async () => {
    const { url, srcSet } = await withPicture();
    const page = await openPage(browser, server.url, { deviceScaleFactor: 2, timezoneId: 'Asia/Tokyo' });
    expect(await portrait(page).getAttribute('srcset')).toBe(srcSet);
    const shown = () =>
      portrait(page).evaluate((image) => (image as unknown as { currentSrc: string }).currentSrc);
    await expect.poll(shown).toBe(url.replace('256.webp', '512.webp'));
    expect(await page.locator('.facts dd').allTextContents()).toEqual([
      'photo.webp',
      '1024 × 772 pixels',
      expect.stringMatching(/^\d{1,2} \w+ \d{4} at \d{2}:\d{2}$/),
    ]);
    const { uploadedAt } = (await viewer(server)).profilePicture as { uploadedAt: string };
    const hour = new Date(uploadedAt).toLocaleTimeString('en-GB', {
      timeZone: 'Asia/Tokyo',
      timeStyle: 'short',
    });
    await page.locator('time', { hasText: hour }).waitFor();
  });

  it('is stood in for by its placeholder while it loads', async () => {
    const { placeholder } = await withPicture();
    const page = await openWatchedPage(browser, server.url);
    const held = Promise.withResolvers<void>();
    await page.route('**/static/pictures/**', async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.locator('html.scripted .portrait .picture.loading').waitFor();
    const stand = page.locator('.portrait .placeholder');
    expect(await stand.getAttribute('src')).toBe(placeholder);
    await expect.poll(() => naturalWidth(stand)).toBeGreaterThan(0);
    held.resolve();
    await page.locator('.portrait .picture.loaded').waitFor();
  });

  it('says so when it cannot be loaded', async () => {
    await withPicture();
    const page = await openPage(browser, server.url, { mayFail: ['.webp'] });
    await page.route('**/static/pictures/**', (route) => route.abort());
    await page.reload();
    const sentence = 'The picture cannot be loaded right now.';
    await page.locator('.portrait').getByText(sentence).waitFor();
    await page.locator('.samples .picture.failed').nth(2).waitFor();
    expect(await page.getByText(sentence).count()).toBe(1);
    await page.setViewportSize({ width: 320, height: 800 });
    const { width, height } = (await page.locator('.portrait > .picture').boundingBox()) ?? {};
    expect([width, height]).toEqual([192, 192]);
  });

  it('is the initials while there is none', async () => {
    const page = await openPage(browser, server.url);
    await page.getByRole('heading', { name: 'You have no profile picture' }).waitFor();
    const initials = page.getByAltText('Your initials');
    expect(await initials.getAttribute('src')).toMatch(/\/initials\/256\/\d+\/D\.svg$/);
    await expect.poll(() => naturalWidth(initials)).toBe(256);
  });

  it('is removed, and undone', async () => {
    const { id } = await withPicture();
    const page = await openPage(browser, server.url);
    await button(page, 'Remove the picture').click();
    await page.getByText('Your picture was removed.').waitFor();
    await page.getByRole('heading', { name: 'You have no profile picture' }).waitFor();
    expect((await viewer(server)).profilePicture).toBeNull();
    await button(page, 'Undo').click();
    await page.getByText('Your earlier picture is back.').waitFor();
    await page.getByRole('heading', { name: 'Your profile picture' }).waitFor();
    expect((await viewer(server)).profilePicture?.id).toBe(id);
    expect(await button(page, 'Undo').count()).toBe(0);
  });

  it('is undone too when it took the place of another', async () => {
    const { id } = await withPicture();
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('transparent.png'));
    await send(page);
    expect((await viewer(server)).profilePicture?.id).not.toBe(id);
    await button(page, 'Undo').click();
    await page.getByText('Your earlier picture is back.').waitFor();
    expect((await viewer(server)).profilePicture?.id).toBe(id);
  });

  it('that is to come back, and is there no more, is said beside the button', async () => {
    const fresh = await portraitForTest();
    const page = await openPage(browser, fresh.url);
    await button(page, 'Bring back the one I had').click();
    await alert(page).getByText('There is no earlier picture').waitFor();
    await expectFocus(alert(page));
    expect(await alert(page).evaluate((element) => element.closest('.portrait') !== null)).toBe(true);
  });

  it('gets a description, which stays', async () => {
    await withPicture();
    const page = await openPage(browser, server.url);
    const field = page.getByLabel('Description');
    expect(await button(page, 'Save').isDisabled()).toBe(true);
    await field.fill('A lighthouse at dusk ');
    await field.press('Enter');
    await page.getByText('The description was saved.').waitFor();
    expect(await button(page, 'Save').isDisabled()).toBe(true);
    expect((await viewer(server)).profilePicture?.altText).toBe('A lighthouse at dusk');
    await page.reload();
    await page.locator('html.scripted').waitFor();
    expect(await field.inputValue()).toBe('A lighthouse at dusk');
    expect(await portrait(page).getAttribute('alt')).toBe('A lighthouse at dusk');
  });

  it('that somebody else removed meanwhile gets no description, and that is said beside the field', async () => {
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

describe('Whoever builds with it', () => {
  it('copies the URL, which loads', async () => {
    const { url } = await withPicture();
    const page = await openPage(browser, server.url, CLIPBOARD);
    await button(page, 'Copy the URL').click();
    await page.getByText('Copied').waitFor();
    expect(await copied(page)).toBe(url);
    expect((await fetch(url)).headers.get('Content-Type')).toBe('image/webp');
  });

  it('copies a tag that shows the picture, whatever its description holds', async () => {
    await uploaded(server, await pictureFile('photo.webp'), { altText: 'A "light" <house> & more' });
    const page = await openPage(browser, server.url, CLIPBOARD);
    await button(page, 'Copy the tag').click();
    await page.getByText('Copied').waitFor();
    const other = await browser.newPage();
    await other.setContent(`<!doctype html>${await copied(page)}`);
    const image = other.getByAltText('A "light" <house> & more');
    await expect.poll(() => naturalWidth(image)).toBeGreaterThan(0);
    expect(await image.boundingBox()).toMatchObject({ width: 128, height: 128 });
    await other.close();
  });

  it('finds every file of the picture', async () => {
    await withPicture();
    const page = await openPage(browser, server.url);
    const links = page.locator('.files a');
    expect(await links.allTextContents()).toEqual(
      ['WebP', 'JPEG'].flatMap((format) => [64, 128, 256, 512].map((edge) => `${format} ${edge}`)),
    );
    for (const link of await links.all()) {
      const answer = await fetch((await link.getAttribute('href')) as string);
      const [format] = (await link.textContent())?.split(' ') ?? [];
      expect(answer.headers.get('Content-Type')).toBe(`image/${format?.toLowerCase()}`);
    }
  });

  it('copies what the page has sent as a command, which takes the token from the environment', async () => {
    const host = await portraitForTest({ env: { AUTH_SECRET } });
    const headers = await signedIn('ann');
    const page = await openPage(browser, host.url, { ...CLIPBOARD, extraHTTPHeaders: headers });
    await choose(page, picturePath('photo.webp'));
    await send(page);
    await page.getByText('The GraphQL request that was just sent').click();
    await page.getByText('takes your token from the variable TOKEN').waitFor();
    await button(page, 'Copy the command').click();
    await page.locator('details').getByText('Copied').waitFor();
    const command = await copied(page);
    expect(command).toMatch(/^curl .*"Authorization: Bearer \$TOKEN".*-F 0=@'?photo\.webp/s);
    expect(command).not.toContain(headers['Authorization']);
  });

  it('finds an example of a command before any request, and then the request that was just sent', async () => {
    const fresh = await portraitForTest();
    await uploaded(fresh, await pictureFile('photo.webp'));
    const page = await openPage(browser, fresh.url);
    await page.getByText('The same from a terminal').click();
    await page.locator('details').getByText('-F 0=@me.jpg').waitFor();
    await button(page, 'Remove the picture').click();
    await page.getByText('Your picture was removed.').waitFor();
    await page.locator('details').getByText('mutation Remove').waitFor();
  });

  it('is told to copy by hand what the browser does not let be copied', async () => {
    await withPicture();
    const page = await openPage(browser, server.url);
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("Not allowed."))');
    await button(page, 'Copy the URL').click();
    await page.getByText('Please select and copy it by hand.').waitFor();
  });

  it('goes on to GraphiQL', async () => {
    const page = await openPage(browser, server.url);
    await page.getByRole('link', { name: 'GraphiQL', exact: true }).click();
    await page.getByRole('heading', { name: 'Files' }).waitFor();
  });
});

it.for(['localhost', '127.0.0.1'])(
  'The page works under a public URL with a path, opened by it or beside it: %s',
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
