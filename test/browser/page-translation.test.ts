import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LanguageOptions } from '../../src/web/messages/language.ts';
import { launchBrowser, openWatchedPage, type WatchedPageOptions } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { query } from '../support/graphql.ts';
import { fileInput, naturalWidth, portrait } from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { pseudoTranslation } from '../support/pseudo-translation.ts';

/** Module that the server loads to render the page. */
interface BuiltPage {
  readonly query: string;
  renderPage(data: unknown, site: unknown, language: LanguageOptions): string;
}

const BUILT_PAGE = pathToFileURL(join(import.meta.dirname, '../../build/page.js')).href;
/** Names of products, types and files, and the data of the demo user. They are the same in every language. */
const NAMES = /Portrait|GraphiQL|Demo|HEIC|JPEG|PNG|WebP|GIF|AVIF|[\w-]+\.(?:svg|gif|webp|jpg|png)/g;

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** Opens the page in a language that it does not have. */
async function openTranslated(language: LanguageOptions, options: WatchedPageOptions = {}): Promise<Page> {
  const page = await openWatchedPage(browser, server.url, options);
  const { query: document, renderPage }: BuiltPage = await import(BUILT_PAGE);
  await page.route(`${server.url}/`, async (route) => {
    const { data } = await query(server, document);
    const site = { publicUrl: server.url, basePath: '', needsToken: false };
    await route.fulfill({ contentType: 'text/html', body: renderPage(data, site, language) });
  });
  await page.goto(server.url);
  await page.locator('html.scripted').waitFor();
  return page;
}

/** Returns the words in ASCII letters that users can see or hear. */
async function asciiWords(page: Page): Promise<string[]> {
  const texts = await page.evaluate<string[]>(`(() => {
    const attributes = ['alt', 'title', 'placeholder', 'aria-label', 'aria-valuetext', 'content'];
    const descendants = (root) =>
      [...root.querySelectorAll('*')].flatMap((element) => [
        element,
        ...(element.shadowRoot ? descendants(element.shadowRoot) : []),
      ]);
    const elements = descendants(document.body).filter((element) => element.tagName !== 'SCRIPT');
    return elements.flatMap((element) => [
      ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data),
      ...attributes.map((name) => element.getAttribute(name) ?? ''),
    ]);
  })()`);
  return texts.flatMap((text) => text.replace(NAMES, '').match(/[a-z]{2,}.*/gi) ?? []);
}

it('A translation replaces every English sentence of the page and of the editor', async () => {
  const { data } = await query<{ uploadRules: { refusals: { code: string }[] } }>(
    server,
    '{ uploadRules { refusals { code } } }',
  );
  const codes = data?.uploadRules.refusals.map(({ code }) => code) ?? [];
  const page = await openTranslated({ messages: pseudoTranslation(codes), locale: 'ja' });
  const found: Record<string, string[]> = {};
  const check = async (state: string) => {
    found[state] = await asciiWords(page);
  };
  const save = page.locator('dialog button[type=submit]');
  expect(await page.locator('html').getAttribute('lang')).toBe('ja');
  await check('without a picture');
  await fileInput(page).setInputFiles(picturePath('drawing.svg'));
  await page.locator('.chooser [role=alert]').waitFor();
  await check('rejected before the upload');

  const odd = Buffer.from('\x89PNG\r\n\x1a\nbroken', 'latin1');
  await fileInput(page).setInputFiles({ name: 'odd.png', mimeType: 'image/png', buffer: odd });
  await page.locator('dialog').waitFor();
  await check('not displayable');
  await save.click();
  await page.locator('dialog [role=alert]').waitFor();
  await check('rejected by the server');
  await page.keyboard.press('Escape');

  await fileInput(page).setInputFiles(picturePath('animated.gif'));
  await page.locator('.tool[aria-pressed]').last().click();
  await page.locator('.background').waitFor();
  await check('cropping');
  // Holds the upload until the user cancels it.
  const held = Promise.withResolvers<void>();
  await page.route('**/graphql', () => held.resolve(), { times: 1 });
  await save.click();
  await held.promise;
  await page.locator('progress[value]').waitFor();
  await check('uploading');
  await page.keyboard.press('Escape');
  await page.locator('.editor-status').waitFor();
  await check('canceled');
  await save.click();
  await page.locator('.notice').waitFor();
  await expect.poll(() => naturalWidth(portrait(page))).toBeGreaterThan(0);
  await check('uploaded');
  // The locale of the translation, not that of the browser.
  expect(await page.locator('time').textContent()).toMatch(/^\d+年\d+月\d+日 \d+:\d+$/);
  await page.locator('.portrait form[method] button').click();
  await page.locator('.portrait .facts').waitFor({ state: 'detached' });
  await page.locator('.portrait form[method] button').waitFor();
  await check('removed');
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((state) => [state, []])));
});

it('The editor is translated if the crop tool cannot be loaded', async () => {
  const cropper = builtFile('cropper.js');
  const page = await openTranslated({ messages: pseudoTranslation(), locale: 'ja' }, { mayFail: [cropper] });
  await page.route(`**${cropper}`, (route) => route.abort());
  await fileInput(page).setInputFiles(picturePath('photo.webp'));
  await page.locator('dialog .fault').waitFor();
  expect(await asciiWords(page)).toEqual([]);
});
