import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAxe, violationsOf } from '../support/axe.ts';
import { launchBrowser, openWatchedPage, type WatchedPageOptions } from '../support/browser.ts';
import { type TestUser, uploaded, viewer } from '../support/graphql.ts';
import { button, CLIPBOARD, copied, expectFocus, naturalWidth } from '../support/page.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ALT_TEXT = 'A "light" <house> & more';

let server: Portrait;
let browser: Browser;
let picture: NonNullable<TestUser['profilePicture']>;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
  const file = await pictureFile('photo.webp');
  ({ profilePicture: picture } = await uploaded(server, file, { altText: ALT_TEXT }));
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

async function openDevelopers(url = server.url, options: WatchedPageOptions = {}): Promise<Page> {
  const page = await openWatchedPage(browser, url, options);
  await page.goto(`${url}/developers`);
  return page;
}

const codeBox = (page: Page, label: string) => page.getByRole('group', { name: label, exact: true });

/** Copies the code of a box. @returns the content of the clipboard. */
async function copyCode(page: Page, label: string): Promise<string> {
  const box = page.locator('.code', { has: codeBox(page, label) });
  await box.getByRole('button').click();
  await box.getByText('Copied').waitFor();
  return await copied(page);
}

/** Runs a command in a shell, in a folder with `me.jpg`. @returns its output. */
async function runInShell(command: string, variables: Record<string, string> = {}): Promise<string> {
  const cwd = await temporaryFolder();
  await copyFile(picturePath('orientation-1.jpg'), join(cwd, 'me.jpg'));
  const { stdout } = await promisify(execFile)('sh', ['-c', command], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...variables },
  });
  return stdout;
}

describe('A developer', () => {
  it('copies URLs and tags that show the picture, whatever characters its description contains', async () => {
    const page = await openDevelopers(server.url, CLIPBOARD);
    const url = await copyCode(page, 'URL');
    expect(url).toBe(`${server.url}/users/demo/avatar`);
    expect((await fetch(url)).headers.get('Content-Location')).toContain(`/${picture.id}/`);
    const tags = [await copyCode(page, 'HTML'), await copyCode(page, 'HTML with srcset')];
    const other = await browser.newPage();
    await other.setContent(`<!doctype html>${tags.join('')}`);
    for (const alt of ['Demo', ALT_TEXT]) {
      const image = other.getByAltText(alt, { exact: true });
      await expect.poll(() => naturalWidth(image)).toBeGreaterThan(0);
      expect(await image.boundingBox()).toMatchObject({ width: 128, height: 128 });
    }
    await other.close();
  });

  it('pastes the elements and the script, which show the picture and open the editor', async () => {
    const page = await openDevelopers(server.url, CLIPBOARD);
    const [tags, script] = [await copyCode(page, 'Elements'), await copyCode(page, 'Script')];
    const body = `<!doctype html><title>Host</title>${tags}<script type="module">${script}</script>`;
    await page.route('**/host', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto(`${server.url}/host`);
    await expect.poll(() => naturalWidth(page.getByRole('img', { name: 'Demo' }))).toBeGreaterThan(0);
    await button(page, 'Change picture').click();
    await page.getByRole('dialog').getByRole('heading').waitFor();
  });

  it('finds links to all files of the picture, with their sizes', async () => {
    const page = await openDevelopers();
    expect(await page.locator('.files tbody tr').allInnerTexts()).toEqual(
      [64, 128, 256, 512].map((edge) => `${edge} × ${edge}\t${edge}.webp\t${edge}.jpg`),
    );
    for (const link of await page.locator('.files a').all()) {
      const { headers } = await fetch((await link.getAttribute('href')) as string, { method: 'HEAD' });
      const type = (await link.textContent())?.endsWith('.webp') ? 'image/webp' : 'image/jpeg';
      expect(headers.get('Content-Type')).toBe(type);
    }
  });

  it('uploads with the copied command, and opens an operation in GraphiQL', async () => {
    const host = await portraitForTest();
    const page = await openDevelopers(host.url, CLIPBOARD);
    await page.getByText('There is no picture yet.').waitFor();
    const { data } = JSON.parse(await runInShell(await copyCode(page, 'Upload command')));
    expect(data.uploadProfilePicture.avatarUrl).toContain(host.url);
    expect((await viewer(host)).profilePicture?.fileName).toBe('me.jpg');
    await page.getByRole('link', { name: 'Open in GraphiQL: Remove the picture' }).click();
    await page.locator('.graphiql-query-editor').getByText('removeProfilePicture').waitFor();
  });

  it('sees where the token goes if sign-in is on, and uploads with a token from a variable', async () => {
    const host = await portraitForTest({ env: { AUTH_SECRET } });
    const headers = await signedIn('a "b"');
    const signedOut = await openDevelopers(host.url);
    await signedOut.getByText('You are not signed in. The examples use the id alice.').waitFor();
    const page = await openDevelopers(host.url, { ...CLIPBOARD, extraHTTPHeaders: headers });
    await page.getByText('The header Authorization: Bearer TOKEN').waitFor();
    expect(await copyCode(page, 'Script')).toContain('editor.getToken = ');
    expect(await copyCode(page, 'Elements')).toContain('user-id="a &quot;b&quot;"');
    const command = await copyCode(page, 'Upload command');
    expect(command).not.toContain(headers['Authorization']);
    await runInShell(command, { TOKEN: headers['Authorization']?.replace('Bearer ', '') ?? '' });
    expect((await viewer(host, headers)).profilePicture?.fileName).toBe('me.jpg');
  });

  it('gets the text selected if the browser forbids copying', async () => {
    const page = await openDevelopers();
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("Not allowed."))');
    await button(page, 'Copy URL').click();
    await page.getByText('Copying failed. The text is selected').waitFor();
    expect(await page.evaluate('getSelection().toString()')).toBe(`${server.url}/users/demo/avatar`);
  });
});

describe('The page for developers', () => {
  it('has no violations of axe-core and fits every width, in light and dark mode', async () => {
    const page = await openDevelopers();
    await loadAxe(page);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('scrolls long code with the keyboard, and breaks no word of it', async () => {
    const page = await openDevelopers(server.url, { viewport: { width: 320, height: 640 } });
    await button(page, 'Copy HTML with srcset').focus();
    await page.keyboard.press('Tab');
    const box = codeBox(page, 'HTML with srcset');
    await expectFocus(box);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => box.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    // As many rows as the code has lines: none breaks, and none is blank.
    const rows = await page.evaluate<number[][]>(`[...document.querySelectorAll('pre code')].map((code) => [
      Math.round(code.getBoundingClientRect().height / parseFloat(getComputedStyle(code).lineHeight)),
      code.textContent.split('\\n').filter((line) => line.trim() !== '').length,
    ])`);
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.map(([shown]) => shown)).toEqual(rows.map(([, lines]) => lines));
  });

  it('works without JavaScript, except for the copy buttons', async () => {
    const page = await openDevelopers(server.url, { javaScriptEnabled: false });
    expect(await codeBox(page, 'URL').innerText()).toBe(`${server.url}/users/demo/avatar`);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.getByRole('link', { name: 'Sign-in' }).click();
    expect(page.url()).toBe(`${server.url}/developers#sign-in`);
  });
});
