import { EventEmitter, on } from 'node:events';
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/auth/scopes.ts';
import { signToken } from '../../src/auth/token.ts';
import { loadAxe, violationsOf } from '../support/axe.ts';
import { launchBrowser, openWatchedPage, type WatchedPageOptions } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { query } from '../support/graphql.ts';
import { type HostName, type Hosts, startHosts } from '../support/host-pages.ts';
import { alert, button, editor, expectFocus, naturalWidth, saveButton } from '../support/page.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { pseudoTranslation } from '../support/pseudo-translation.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';

const PHOTO = picturePath('photo.webp');

let hosts: Hosts;
let server: Portrait;
let browser: Browser;
let token: string;

beforeAll(async () => {
  [hosts, browser, token] = await Promise.all([
    startHosts(),
    launchBrowser(),
    signToken({ id: 'ann', name: 'Ann Lee' }, AUTH_SECRET, {}),
  ]);
  server = await startPortrait({ env: { AUTH_SECRET, AUTH_COOKIE: 'session', ALLOWED_ORIGINS: hosts.url } });
  hosts.connect(server.url, token);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([server[Symbol.asyncDispose](), hosts[Symbol.asyncDispose]()]);
});

/** Opens a page of another origin that contains the elements. The page must not violate its policy. */
async function openHost(
  path: HostName | `${HostName}?cookie`,
  options: WatchedPageOptions = {},
): Promise<Page> {
  const page = await openWatchedPage(browser, hosts.url, { origins: [server.url], ...options });
  if (path.endsWith('?cookie')) {
    await page.context().addCookies([{ name: 'session', value: token, url: server.url }]);
  }
  await page.goto(`${hosts.url}/${path}`);
  return page;
}

const output = (page: Page) => page.locator('output');
const avatar = (page: Page) => page.locator('portrait-avatar').first().locator('img');
const fileInput = (page: Page): Locator => page.locator('portrait-editor input[type=file]').first();

async function pictureOf(id: string): Promise<{ id: string; fileName: string } | null> {
  const document = `{ user(id: "${id}") { profilePicture { id fileName } } }`;
  const { data } = await query<{ user: { profilePicture: { id: string; fileName: string } | null } }>(
    server,
    document,
  );
  return data?.user.profilePicture ?? null;
}

/** Returns the text of an element's shadow tree, without its styles. */
const VISIBLE_TEXT = (element: { shadowRoot: { textContent: string } | null }) =>
  element.shadowRoot?.textContent ?? '';

/** Holds the requests to the server. `next` returns the next one, which the test can abort or continue. */
function holdRequests(page: Page): { next(): Promise<Route> } {
  const held = new EventEmitter();
  const routes = on(held, 'request');
  void page.route('**/graphql', (route) => held.emit('request', route));
  return { next: async () => ((await routes.next()).value as [Route])[0] };
}

/** Returns the values of some properties that elements inherit. */
const INHERITED_STYLE = (element: unknown) => {
  const { fontSize, textShadow, textTransform, colorScheme } = (
    globalThis as unknown as { getComputedStyle(of: unknown): Record<string, string> }
  ).getComputedStyle(element);
  return [fontSize, textShadow, textTransform, colorScheme];
};

/** Opens the dialog, chooses a file and saves it. */
async function change(page: Page, file: string): Promise<void> {
  await page.locator('portrait-editor').getByRole('button').first().click();
  await fileInput(page).setInputFiles(file);
  await saveButton(page).click();
  await editor(page).waitFor({ state: 'detached' });
}

describe('On a page of another origin under a strict policy', () => {
  it.for(['plain', 'react', 'vue', 'svelte'] as const)(
    '%s: the avatar shows the picture that the user uploads with a token',
    async (name) => {
      const page = await openHost(name);
      await expect.poll(() => naturalWidth(avatar(page))).toBeGreaterThan(0);
      const before = await avatar(page).getAttribute('src');
      expect(before).toBe(`${server.url}/users/ann/avatar?size=96&name=Ann+Lee`);
      await change(page, PHOTO);
      await output(page).getByText('uploaded ann').waitFor();
      const picture = await pictureOf('ann');
      expect(picture?.fileName).toBe('photo.webp');
      await expect.poll(() => avatar(page).getAttribute('src')).toContain(picture?.id);
      await expect.poll(() => naturalWidth(avatar(page))).toBeGreaterThan(0);
    },
  );

  it.for(['plain', 'react', 'vue', 'svelte'] as const)('%s: the cookie signs the user in', async (name) => {
    const page = await openHost(`${name}?cookie`);
    await change(page, picturePath('transparent.png'));
    await output(page).getByText('uploaded ann').waitFor();
    const picture = await pictureOf('ann');
    expect(picture?.fileName).toBe('transparent.png');
    await expect.poll(() => avatar(page).getAttribute('src')).toContain(picture?.id);
  });

  it('a worker converts a HEIC and turns it', async () => {
    const page = await openHost('plain');
    await button(page, 'Change picture').click();
    await fileInput(page).setInputFiles(picturePath('photo.heic'));
    await button(page, 'Rotate right').click();
    await saveButton(page).click();
    await output(page).getByText('uploaded ann').waitFor();
    expect((await pictureOf('ann'))?.fileName).toBe('photo.jpg');
  });
});

describe('The dialog of <portrait-editor>', () => {
  it('has no violations of axe-core, removes and restores the picture, and reports each change', async () => {
    const page = await openHost('plain');
    await loadAxe(page);
    await change(page, PHOTO);
    await button(page, 'Change picture').click();
    await button(page, 'Remove picture').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await button(page, 'Remove picture').click();
    await expectFocus(editor(page).getByRole('status').filter({ hasText: 'Profile picture removed.' }));
    expect(await pictureOf('ann')).toBeNull();
    await button(page, 'Restore previous picture').click();
    await editor(page).getByText('Previous picture restored.').waitFor();
    await button(page, 'Close').click();
    await output(page).getByText('open,close,uploaded ann,open,removed ann,restored ann,close').waitFor();
    expect((await pictureOf('ann'))?.fileName).toBe('photo.webp');
  });

  it('works with the keyboard alone, and returns the focus to the button', async () => {
    const page = await openHost('plain');
    await page.keyboard.press('Tab');
    await expectFocus(button(page, 'Change picture'));
    await page.keyboard.press('Enter');
    const chooser = page.waitForEvent('filechooser');
    await expectFocus(page.getByRole('heading', { name: 'Your profile picture' }));
    await button(page, 'Choose a file').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(PHOTO);
    await expectFocus(page.getByRole('heading', { name: 'Crop your picture' }));
    await page.getByRole('slider').waitFor();
    await page.keyboard.press('Enter');
    await output(page).getByText('uploaded ann').waitFor();
    await expectFocus(button(page, 'Change picture'));
    await page.keyboard.press('Enter');
    await editor(page).waitFor();
    await page.keyboard.press('Escape');
    await editor(page).waitFor({ state: 'detached' });
    await expectFocus(button(page, 'Change picture'));
  });

  it('opens a file of the page at once, and closes from a script', async () => {
    const page = await openHost('plain');
    await page.evaluate(`(async () => {
      const bitmap = new OffscreenCanvas(200, 200);
      bitmap.getContext('2d').fillRect(0, 0, 200, 200);
      await document.querySelector('portrait-editor').open(new File([await bitmap.convertToBlob()], 'mine.png'));
    })()`);
    await page.getByRole('heading', { name: 'Crop your picture' }).waitFor();
    expect(await page.evaluate('getComputedStyle(document.documentElement).overflow')).toBe('hidden');
    await page.evaluate(`document.querySelector('portrait-editor').close()`);
    await editor(page).waitFor({ state: 'detached' });
    expect(await page.evaluate('getComputedStyle(document.documentElement).overflow')).toBe('visible');
    await output(page).getByText('open,close').waitFor();
  });

  it('keeps the page from scrolling until the last dialog is closed', async () => {
    const page = await openHost('plain');
    const overflow = () => page.evaluate('getComputedStyle(document.documentElement).overflow');
    await page.evaluate(`(async () => {
      const first = document.querySelector('portrait-editor');
      globalThis.second = document.body.appendChild(document.createElement('portrait-editor'));
      await first.open();
      await second.open();
      second.close();
    })()`);
    await output(page).getByText('open,open,close').waitFor();
    expect(await overflow()).toBe('hidden');
    await button(page, 'Close').click();
    await output(page).getByText('open,open,close,close').waitFor();
    expect(await overflow()).toBe('visible');
  });

  it('reports a file that it rejects, and shows the reason unless the page does', async () => {
    const page = await openHost('plain');
    await button(page, 'Change picture').click();
    await fileInput(page).setInputFiles(picturePath('drawing.svg'));
    await alert(page).getByText('has an unsupported file type').waitFor();
    await output(page).getByText('open,UNSUPPORTED_FILE_TYPE').waitFor();
    // Browsers fire this event if the user chooses no file.
    await fileInput(page).dispatchEvent('cancel', { bubbles: true });
    expect(await editor(page).isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await editor(page).waitFor({ state: 'detached' });
    const open = () =>
      page.evaluate(`document.querySelector('portrait-editor').open(new File(['<svg/>'], 'drawing.svg'))`);
    await open();
    await alert(page).getByText('has an unsupported file type').waitFor();
    await page.keyboard.press('Escape');
    await editor(page).waitFor({ state: 'detached' });
    await page.evaluate(`addEventListener('portrait-error', (event) => event.preventDefault())`);
    await open();
    await output(page)
      .getByText(/UNSUPPORTED_FILE_TYPE$/)
      .waitFor();
    expect(await editor(page).count()).toBe(0);
  });

  it('offers to load the user again if that failed, and a failure after it was closed does not open it', async () => {
    const page = await openHost('plain');
    const requests = holdRequests(page);
    await button(page, 'Change picture').click();
    const first = await requests.next();
    await editor(page).getByText('Loading…').waitFor();
    await first.abort();
    await page.getByRole('heading', { name: 'Your profile picture' }).waitFor();
    await button(page, 'Try again').click();
    const second = await requests.next();
    await button(page, 'Close').click();
    await second.abort();
    // The answer to this request comes after the failure.
    await button(page, 'Change picture').click();
    await (await requests.next()).continue();
    await button(page, 'Choose a file').waitFor();
    await output(page).getByText('open,CONNECTION_LOST,close,open', { exact: true }).waitFor();
  });

  it('does not open outside of a document, and leaves the page usable', async () => {
    const page = await openHost('plain');
    await page.evaluate(`document.createElement('portrait-editor').open()`);
    await page.evaluate(`(async () => {
      const editor = document.querySelector('portrait-editor');
      const opened = editor.open();
      editor.remove();
      await opened;
    })()`);
    expect(await page.evaluate('getComputedStyle(document.documentElement).overflow')).toBe('visible');
  });

  it('cancels an upload although `getToken` never responds', async () => {
    const page = await openHost('plain');
    await button(page, 'Change picture').click();
    await fileInput(page).setInputFiles(PHOTO);
    await page.evaluate(`document.querySelector('portrait-editor').getToken = () => new Promise(() => {})`);
    await saveButton(page).click();
    await button(page, 'Cancel upload').click();
    await page.keyboard.press('Escape');
    await editor(page).getByText('Upload canceled. If the picture was already saved').waitFor();
  });

  it('keeps the keys that the user presses from the shortcuts of the page', async () => {
    const page = await openHost('plain');
    await page.evaluate(`addEventListener('keydown', ({ key }) => console.error(key))`);
    await button(page, 'Change picture').click();
    await fileInput(page).setInputFiles(PHOTO);
    await page.getByRole('textbox').fill('A');
    await page.keyboard.press('m');
    expect(await page.getByRole('textbox').inputValue()).toBe('Am');
  });

  it('leaves the focus in a field that the user enters before the next frame', async () => {
    const page = await openHost('plain');
    await button(page, 'Change picture').click();
    const input = await fileInput(page).elementHandle();
    const isFocused = input?.evaluate(
      (element) =>
        new Promise((resolve) => {
          const root = element.getRootNode() as ShadowRoot;
          new MutationObserver((_, observer) => {
            const field = root.querySelector<HTMLInputElement>('.editor input[type=text]');
            if (field === null) {
              return;
            }
            observer.disconnect();
            field.focus();
            const afterEffects = () => setTimeout(() => resolve(root.activeElement === field));
            requestAnimationFrame(() => requestAnimationFrame(afterEffects));
          }).observe(root, { childList: true, subtree: true });
        }),
    );
    await fileInput(page).setInputFiles(PHOTO);
    expect(await isFocused).toBe(true);
  });

  it('has the font size of the browser, and inherits no style of the page', async () => {
    const page = await openHost('plain');
    await page.evaluate(`Object.assign(document.documentElement.style, {
      fontSize: '62.5%',
      textShadow: '1px 1px red',
      textTransform: 'uppercase',
      colorScheme: 'dark',
    })`);
    await button(page, 'Change picture').click();
    expect(await button(page, 'Close').evaluate(INHERITED_STYLE)).toEqual(['16px', 'none', 'none', 'dark']);
  });

  it('asks a user without a token to sign in', async () => {
    const page = await openHost('plain?cookie');
    await page.context().clearCookies();
    await button(page, 'Change picture').click();
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect(await fileInput(page).count()).toBe(0);
  });

  it('shows a blocked user the reason, and lets the user choose no file', async () => {
    const page = await openHost('plain');
    const block = `mutation { blockUploads(userId: "dan", reason: "Use a photo of yourself.") { id } }`;
    const moderator = await signedIn('mod', null, ['portrait:moderate']);
    expect((await query(server, block, {}, moderator)).errors).toBeUndefined();
    const dan = await signToken({ id: 'dan', name: null }, AUTH_SECRET, {});
    await page.evaluate(`document.querySelector('portrait-editor').getToken = () => '${dan}'`);
    await button(page, 'Change picture').click();
    await page.getByRole('heading', { name: 'You cannot upload pictures' }).waitFor();
    await editor(page).getByText('Reason: Use a photo of yourself.').waitFor();
    expect(await fileInput(page).count()).toBe(0);
  });

  it('shows the messages and the locale of the page', async () => {
    const page = await openHost('plain');
    await page.evaluate(`Object.assign(document.querySelector('portrait-editor'), {
      messages: ${JSON.stringify(pseudoTranslation())},
      locale: 'ja',
    })`);
    await page.locator('portrait-editor button').click();
    await page.locator('portrait-editor img').waitFor();
    expect(await page.locator('portrait-editor').evaluate(VISIBLE_TEXT)).not.toMatch(/[a-z]{3}/i);
    await fileInput(page).setInputFiles(PHOTO);
    await page.locator('.tools').waitFor();
    expect(await page.locator('portrait-editor').evaluate(VISIBLE_TEXT)).not.toMatch(/[a-z]{3}/i);
  });

  it('takes the properties that the page has set before the module defines the element', async () => {
    const page = await openHost('plain');
    await page.evaluate(`(() => {
      const inert = document.implementation.createHTMLDocument('');
      const early = Object.assign(inert.createElement('portrait-editor'), {
        messages: { changePicture: 'Bild ändern' },
        getToken: async () => '',
        userId: 'carol',
      });
      document.querySelector('portrait-editor').replaceWith(early);
    })()`);
    await button(page, 'Bild ändern').click();
    await page.getByRole('heading', { name: 'Profile picture of carol' }).waitFor();
  });

  it('is unavailable if its script cannot be loaded, and the button says so', async () => {
    const dialog = builtFile('dialog.js');
    const page = await openWatchedPage(browser, hosts.url, { origins: [server.url], mayFail: [dialog] });
    await page.route(`**${dialog}`, (route) =>
      route.fulfill({ status: 404, contentType: 'text/javascript' }),
    );
    await page.goto(`${hosts.url}/plain`);
    await button(page, 'Change picture').click();
    await alert(page).getByText('The editor could not be loaded. Reload the page.').waitFor();
    await output(page).getByText('EDITOR_UNAVAILABLE').waitFor();
  });
});

describe('With `user-id`, <portrait-editor>', () => {
  it('changes the picture of another user if the scope of the token allows it', async () => {
    const page = await openHost('plain');
    const editAs = async (scopes: readonly Scope[]) => {
      const scoped = await signToken({ id: 'support', name: null, scopes }, AUTH_SECRET, {});
      await page.evaluate(`Object.assign(document.querySelector('portrait-editor'), {
        userId: 'carol',
        getToken: () => '${scoped}',
      })`);
    };
    await editAs([]);
    await button(page, 'Change picture').click();
    await fileInput(page).setInputFiles(PHOTO);
    await saveButton(page).click();
    await output(page).getByText('FORBIDDEN').waitFor();
    expect(await pictureOf('carol')).toBeNull();
    await editAs(['portrait:write']);
    await saveButton(page).click();
    await output(page).getByText('uploaded carol').waitFor();
    expect((await pictureOf('carol'))?.fileName).toBe('photo.webp');
    await button(page, 'Change picture').click();
    await page.getByRole('heading', { name: 'Profile picture of carol' }).waitFor();
    await button(page, 'Remove picture').click();
    await output(page).getByText('removed carol').waitFor();
    expect(await pictureOf('carol')).toBeNull();
  });

  it('changes the picture that it shows, although the page changes the user meanwhile', async () => {
    const page = await openHost('plain');
    const support = await signToken(
      { id: 'support', name: null, scopes: ['portrait:write'] },
      AUTH_SECRET,
      {},
    );
    await page.evaluate(`Object.assign(document.querySelector('portrait-editor'), {
      userId: 'carol',
      getToken: () => '${support}',
    })`);
    await button(page, 'Change picture').click();
    await fileInput(page).setInputFiles(PHOTO);
    await page.evaluate(`document.querySelector('portrait-editor').userId = 'dave'`);
    await saveButton(page).click();
    await output(page).getByText('uploaded carol').waitFor();
    expect(await pictureOf('dave')).toBeNull();
  });
});

describe('<portrait-avatar>', () => {
  it('shows the latest picture, also if the page had no avatar during the change', async () => {
    const page = await openHost('plain');
    await page.evaluate(`document.querySelectorAll('portrait-avatar').forEach((avatar) => avatar.remove())`);
    await change(page, PHOTO);
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<portrait-avatar user-id="ann"></portrait-avatar>')`);
    await expect.poll(() => avatar(page).getAttribute('src')).toContain((await pictureOf('ann'))?.id);
  });

  it('has no attribute for a property that a framework sets to undefined or null', async () => {
    const page = await openHost('plain');
    const attributes = await page.evaluate(`['avatar', 'editor'].map((name) => {
      const element = document.querySelector('portrait-' + name);
      const values = { name: undefined, alt: null, size: undefined, server: undefined, locale: null };
      return Object.assign(element, values).getAttributeNames().join();
    })`);
    expect(attributes).toEqual(['user-id', '']);
  });

  it('keeps the image of the host until the picture changes', async () => {
    const page = await openHost('plain');
    const image = page.locator('#fallback > img');
    await expect.poll(() => naturalWidth(image)).toBeGreaterThan(0);
    expect(await image.getAttribute('src')).toBe(`${server.url}/users/ann/avatar?size=96`);
    expect(await image.isVisible()).toBe(true);
    await change(page, PHOTO);
    await expect.poll(() => image.getAttribute('src')).toContain((await pictureOf('ann'))?.id);
    expect(await page.locator('portrait-avatar').nth(1).getByRole('img').count()).toBe(1);
  });

  it('follows its attributes, and a new element shows the latest picture at once', async () => {
    const page = await openHost('plain');
    await change(page, PHOTO);
    const picture = await pictureOf('ann');
    await page.evaluate(`document.querySelector('#app').insertAdjacentHTML('beforeend',
      '<portrait-avatar id="later" user-id="ann" size="64" alt="Me"></portrait-avatar>')`);
    const image = page.locator('#later').getByRole('img', { name: 'Me' });
    await expect.poll(() => image.getAttribute('src')).toContain(picture?.id);
    expect(
      await image.evaluate((element) => [element.getAttribute('width'), element.getAttribute('sizes')]),
    ).toEqual(['64', '64px']);
    await page.evaluate(
      `Object.assign(document.querySelector('#later'), { userId: 'bob', name: 'Bob', size: 32 })`,
    );
    await expect
      .poll(() => image.getAttribute('src'))
      .toBe(`${server.url}/users/bob/avatar?size=32&name=Bob`);
    expect(await image.getAttribute('srcset')).toBe(`${server.url}/users/bob/avatar?size=64&name=Bob 2x`);
    await page.evaluate(`document.querySelector('#later').userId = ''`);
    await expect.poll(() => page.locator('#later img').getAttribute('src')).toBeNull();
  });

  it('loads its stable URL again after a change, so that the next page does not show a cached picture', async () => {
    const page = await openHost('plain');
    await expect.poll(() => naturalWidth(avatar(page))).toBeGreaterThan(0);
    const url = await avatar(page).getAttribute('src');
    // Playwright disables the browser's cache, so the test observes only that there is a request.
    const again = page.waitForRequest(
      (request) => request.resourceType() === 'fetch' && request.url() === url,
    );
    await change(page, PHOTO);
    await again;
  });
});
