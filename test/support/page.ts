import type { Browser, Locator, Page } from 'playwright-core';
import { openWatchedPage, type WatchedPageOptions } from './browser.ts';
import { query } from './graphql.ts';

/** A file for Playwright's `setInputFiles`. */
export interface TestFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Opens the page in its own profile and waits until its script runs. See {@link openWatchedPage}. */
export async function openPage(
  browser: Browser,
  url: string,
  options: WatchedPageOptions = {},
): Promise<Page> {
  const page = await openWatchedPage(browser, url, options);
  await page.goto(url);
  await page.locator('html.scripted').waitFor();
  return page;
}

export const fileInput = (page: Page): Locator => page.locator('input[name=file]');
export const previews = (page: Page): Locator => page.locator('.preview img');
export const portrait = (page: Page): Locator => page.locator('.portrait > .picture > img:last-of-type');
export const alert = (page: Page): Locator => page.getByRole('alert');
/** The dialog in which the user crops a picture. */
export const editor = (page: Page): Locator => page.getByRole('dialog');
export const saveButton = (page: Page): Locator => editor(page).getByRole('button', { name: 'Save' });
export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });

/** Chooses a file and waits until it can be cropped. */
export async function choose(page: Page, file: string | TestFile): Promise<void> {
  await fileInput(page).setInputFiles(file);
  await page.getByRole('heading', { name: 'Crop your picture' }).waitFor();
  await previews(page).first().waitFor();
}

/** Sends the chosen picture and waits until the page confirms it. */
export async function send(page: Page): Promise<void> {
  await saveButton(page).click();
  await page.getByText('Profile picture updated.').waitFor();
}

/** Options of a page that may use the clipboard. */
export const CLIPBOARD: WatchedPageOptions = { permissions: ['clipboard-read', 'clipboard-write'] };

/** Reads the text that the page has copied to the clipboard. */
export function copied(page: Page): Promise<string> {
  return page.evaluate('navigator.clipboard.readText()');
}

/** Waits until an element has the focus. */
export async function expectFocus(locator: Locator): Promise<void> {
  await locator.and(locator.page().locator(':focus')).waitFor();
}

/** Waits until the page has painted all changes so far. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}

/** Returns the width in pixels of the file that an image shows, or 0 until the image has loaded completely. */
export function naturalWidth(image: Locator): Promise<number> {
  return image.evaluate((element) => {
    const { complete, naturalWidth } = element as unknown as { complete: boolean; naturalWidth: number };
    return complete ? naturalWidth : 0;
  });
}

export interface TransferOptions {
  /** Selector of the element that receives the event. */
  readonly target?: string;
  /** Text that is transferred in addition to the file. */
  readonly text?: string;
}

/** Dispatches a drag-and-drop or paste event with a file. @returns whether the page canceled the default action. */
export async function giveFile(
  page: Page,
  type: 'dragover' | 'drop' | 'paste',
  file: TestFile,
  { target = 'body', text }: TransferOptions = {},
): Promise<boolean> {
  const bytes = file.buffer.toString('base64');
  const { name, mimeType } = file;
  // Playwright's selectors find elements in shadow trees, too.
  await page.locator(target).evaluate((element) => Object.assign(globalThis, { target: element }));
  return await page.evaluate<boolean>(`(() => {
    const bytes = Uint8Array.from(atob('${bytes}'), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}, { type: ${JSON.stringify(mimeType)} }));
    if (${text !== undefined}) {
      transfer.items.add(${JSON.stringify(text ?? '')}, 'text/plain');
    }
    const options = { bubbles: true, composed: true, cancelable: true };
    return !target.dispatchEvent(
      ${JSON.stringify(type)} === 'paste'
        ? new ClipboardEvent('paste', { ...options, clipboardData: transfer })
        : new DragEvent(${JSON.stringify(type)}, { ...options, dataTransfer: transfer }),
    );
  })()`);
}

/** Permanently removes the picture of the user `demo`. */
export async function removePicture(server: { url: string }): Promise<void> {
  await query(server, 'mutation { removeProfilePicture(permanently: true) { id } }');
}

/** Records the `operations` of the uploads that a page sends. @returns them in the order of sending. */
export function recordUploads(page: Page): { readonly variables: Record<string, unknown> }[] {
  const uploads: { readonly variables: Record<string, unknown> }[] = [];
  page.on('request', (request) => {
    const operations = /name="operations"\r\n\r\n(.*)\r\n/.exec(
      request.postDataBuffer()?.toString('latin1') ?? '',
    );
    if (operations?.[1] !== undefined) {
      uploads.push(JSON.parse(operations[1]));
    }
  });
  return uploads;
}
