import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openWatchedPage, throttleUploads } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { atTestEnd } from '../support/current-test.ts';
import { findFreePort } from '../support/free-port.ts';
import { copied, expectFocus } from '../support/page.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const IMAGES = join(import.meta.dirname, '../images');

let portrait: Portrait;
let browser: Browser;

beforeAll(async () => {
  [portrait, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await portrait[Symbol.asyncDispose]();
});

interface GraphiQL {
  readonly page: Page;
  /** Requests to the endpoint, except introspection and upload rules. */
  readonly operations: Request[];
}

/** Opens GraphiQL and waits for its editor. @param origins Other origins of the server. */
async function openGraphiQL(
  url = `${portrait.url}/graphql`,
  origins: readonly string[] = [],
): Promise<GraphiQL> {
  const page = await openWatchedPage(browser, url, { origins });
  const operations: Request[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && !/IntrospectionQuery|UploadRules/.test(request.postData() ?? '')) {
      operations.push(request);
    }
  });
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-lines').waitFor();
  return { page, operations };
}

const run = (page: Page) => page.getByRole('button', { name: /Execute query/ }).click();
const result = (page: Page) => page.locator('.graphiql-response');
const fileInput = (page: Page) => page.getByLabel('Choose a file for $file');
const pictures = (page: Page) => page.getByRole('region', { name: 'Pictures in the result' }).locator('img');

async function replaceQuery(page: Page, query: string): Promise<void> {
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(query);
}

/** Waits until the picture at a path of the result has loaded. Returns its width in pixels. */
async function loadedWidth(page: Page, path: string): Promise<number> {
  const picture = pictures(page).and(page.getByAltText(path));
  await picture.scrollIntoViewIfNeeded();
  const width = () =>
    picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  await expect.poll(width).toBeGreaterThan(0);
  return await width();
}

describe('GraphiQL', () => {
  it('opens with the upload mutation and a field for its file, and without a warning', async () => {
    const { page } = await openGraphiQL();
    await page.locator('.graphiql-query-editor').getByText('mutation Upload').waitFor();
    await page.getByRole('group', { name: '$file File!' }).waitFor();
    await page.getByText('up to 5 MiB').waitFor();
    expect(await page.getByText('is required').count()).toBe(0);
    expect(await page.getByText('Bearer').count()).toBe(0);
    expect(await fileInput(page).getAttribute('accept')).toBe(
      'image/jpeg,image/png,image/webp,image/gif,image/avif',
    );
    await run(page);
    await page.getByText('$file is required. Choose a file').waitFor();
    await result(page).getByText('"BAD_USER_INPUT"').waitFor();
  });

  it('shows the documentation, History and a link beside Files', async () => {
    const { page } = await openGraphiQL();
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Mutation', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Viewer' }).click();
    await run(page);
    await result(page).getByText('"id": "demo"').waitFor();
    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history-item-label').filter({ hasText: 'Viewer' }).first().waitFor();
    await page.getByRole('button', { name: 'Show Share' }).click();
    const link = await page.getByLabel('Link to this operation').inputValue();
    expect(new URL(link).searchParams.get('query')).toContain('query Viewer');
    await page.getByRole('button', { name: 'Show Files' }).click();
    await page.getByText('This operation has no file variables.').waitFor();
  });

  it('says how to send a token where mutations require one, and stores it only if the user chooses that', async () => {
    const host = await portraitForTest({ env: { AUTH_SECRET } });
    const { page } = await openGraphiQL(`${host.url}/graphql`);
    const openHeaders = () => page.getByRole('button', { name: 'Headers', exact: true }).click();
    const editor = page.locator('[aria-label="Headers"] .view-lines:visible');
    const stored = () => page.evaluate<string>('JSON.stringify(localStorage)');
    const headers = await signedIn('ada');
    const hint = page.getByText('{ "Authorization": "Bearer TOKEN" }');
    await hint.waitFor();
    await openHeaders();
    await editor.click();
    await page.keyboard.insertText(JSON.stringify(headers));
    // The panel and History learn of the headers at the same time.
    await hint.waitFor({ state: 'hidden' });
    await fileInput(page).setInputFiles(join(IMAGES, 'photo.webp'));
    await run(page);
    await result(page).getByText('"id": "ada"').waitFor();
    expect(await stored()).toContain('graphiql:queries');
    expect(await stored()).not.toContain(headers['Authorization']);
    await page.getByRole('button', { name: 'Open settings dialog' }).click();
    await page.getByRole('button', { name: 'On', exact: true }).click();
    await expect.poll(stored).toContain(headers['Authorization']);
    await page.reload();
    await openHeaders();
    await editor.getByText('"Authorization"').waitFor();
    expect(await hint.count()).toBe(0);
  });

  it('sends the chosen file and shows the pictures in the result', async () => {
    const { page, operations } = await openGraphiQL();
    await fileInput(page).setInputFiles(join(IMAGES, 'photo.webp'));
    await page.getByText('172.8 KiB').waitFor();
    expect(await page.getByText('$file is required').count()).toBe(0);
    await run(page);
    await result(page).getByText('"photo.webp"').waitFor();
    expect(operations.map((operation) => operation.headers()['content-type'])).toEqual([
      expect.stringContaining('multipart/form-data; boundary='),
    ]);
    expect(await loadedWidth(page, 'uploadProfilePicture.profilePicture.url')).toBe(256);
    expect(await loadedWidth(page, 'uploadProfilePicture.avatarUrl')).toBe(128);
    expect(await page.locator('progress').count()).toBe(0);
  });

  it('accepts a file dropped on the field, and stays open if a drop misses the field', async () => {
    const { page } = await openGraphiQL();
    const base64 = (await readFile(join(IMAGES, 'photo.webp'))).toString('base64');
    const transfer = await page.evaluateHandle(`(() => {
      const bytes = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));
      globalThis.transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'dropped.webp', { type: 'image/webp' }));
      return transfer;
    })()`);
    // dispatchEvent returns false if the page prevents the default action, which would open the file.
    const dropOnBody =
      'document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }))';
    expect(await page.evaluate(dropOnBody)).toBe(false);
    const field = page.locator('label', { has: fileInput(page) });
    await field.dispatchEvent('dragover', { dataTransfer: transfer });
    await field.dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByRole('button', { name: 'Remove dropped.webp' }).waitFor();
    await run(page);
    await result(page).getByText('"dropped.webp"').waitFor();
  });

  it('warns about a file before the upload, and shows why the server rejects it', async () => {
    const { page } = await openGraphiQL();
    await fileInput(page).setInputFiles(join(IMAGES, 'drawing.svg'));
    await page.getByText('The server does not accept .svg files.').waitFor();
    await run(page);
    await result(page).getByText('"UNSUPPORTED_FILE_TYPE"').waitFor();
    expect(await pictures(page).count()).toBe(0);
  });

  it('sends JSON after the chosen file is removed', async () => {
    const { page, operations } = await openGraphiQL();
    await fileInput(page).setInputFiles(join(IMAGES, 'photo.webp'));
    await page.getByRole('button', { name: 'Remove photo.webp' }).click();
    await page.getByText('$file is required').waitFor();
    await run(page);
    await result(page).getByText('"BAD_USER_INPUT"').waitFor();
    expect(operations.map((operation) => operation.headers()['content-type'])).toEqual(['application/json']);
  });

  it('runs the query of the second tab as JSON, with the headers of the headers editor, even if a file is chosen', async () => {
    const { page, operations } = await openGraphiQL();
    await fileInput(page).setInputFiles(join(IMAGES, 'photo.webp'));
    await page.getByRole('tab', { name: 'Viewer' }).click();
    // The query runs at once, while GraphiQL still sends the operation name of the first tab.
    await run(page);
    await result(page).getByText('"id": "demo"').waitFor();
    await page.getByText('This operation has no file variables.').waitFor();
    await page.getByRole('button', { name: 'Headers' }).click();
    await page.locator('[aria-label="Headers"] .view-lines:visible').click();
    await page.keyboard.insertText('{"X-Trace": "seen"}');
    await run(page);
    await expect.poll(() => operations.length).toBe(2);
    expect(operations.map((operation) => operation.headers())).toEqual([
      expect.objectContaining({ 'content-type': 'application/json' }),
      expect.objectContaining({ 'content-type': 'application/json', 'x-trace': 'seen' }),
    ]);
  });

  it('has a field for each file variable of the operation', async () => {
    const { page } = await openGraphiQL();
    await replaceQuery(page, 'mutation Two($one: File, $many: [File!]!, $size: Int) { __typename }');
    await page.getByRole('group', { name: '$one File', exact: true }).waitFor();
    await page.getByLabel('Choose files for $many').waitFor();
    expect(await page.getByRole('group').count()).toBe(2);
    // A long query would make a URL that servers reject.
    expect(new URL(page.url()).search).toBe('');
    await page.reload();
    await page.getByLabel('Choose files for $many').waitFor();
    expect(await page.getByRole('group').count()).toBe(2);
  });

  it('lets users choose and remove a file with the keyboard alone', async () => {
    const { page } = await openGraphiQL();
    const chooser = page.waitForEvent('filechooser');
    await fileInput(page).focus();
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(join(IMAGES, 'photo.webp'));
    await page.getByRole('button', { name: /^Remove/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('$file is required').waitFor();
    await expectFocus(fileInput(page));
  });

  it('shows an error in the result if the server is unreachable or does not return JSON', async () => {
    const { page } = await openGraphiQL();
    await page.route('**/graphql', (route) => route.abort());
    await run(page);
    await result(page).getByText('Could not reach the server').waitFor();
    await page.unroute('**/graphql');
    await page.route('**/graphql', (route) => route.fulfill({ status: 502, body: '<h1>Bad gateway</h1>' }));
    await run(page);
    await result(page).getByText('The response is not JSON: 502').waitFor();
  });

  it('asks for a chosen file again that was deleted before the upload', async () => {
    const file = join(await temporaryFolder(), 'me.webp');
    await copyFile(join(IMAGES, 'photo.webp'), file);
    const { page } = await openGraphiQL();
    await fileInput(page).setInputFiles(file);
    await page.getByText('172.8 KiB').waitFor();
    await rm(file);
    await run(page);
    await result(page).getByText('“me.webp” was changed, moved or deleted after you chose it').waitFor();
  });

  it('shows the progress of an upload, and can cancel it', async () => {
    const { page } = await openGraphiQL();
    await fileInput(page).setInputFiles({
      name: 'large.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.alloc(4 * 1024 * 1024),
    });
    await throttleUploads(page, 200_000);
    await run(page);
    await page.getByRole('progressbar', { name: /of 4 MiB uploaded/ }).waitFor();
    await page.getByRole('button', { name: /Stop query/ }).click();
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(0);
  });

  it('completes field names from the schema in a worker', async () => {
    const { page } = await openGraphiQL();
    await page.getByRole('tab', { name: 'Viewer' }).click();
    await replaceQuery(page, '{ viewer { ava');
    await page.keyboard.press('ControlOrMeta+Space');
    await page.locator('.suggest-widget').getByText('avatarUrl').first().waitFor();
    expect(page.workers().map((worker) => new URL(worker.url()).pathname)).toContain(
      builtFile('graphiql/graphql.js'),
    );
  });

  it('loads its files compressed with brotli, and from the cache of the browser at the next visit', async () => {
    // Routes would switch the cache off, so these pages have none.
    const context = await browser.newContext();
    atTestEnd(() => context.close());
    for (const expected of ['loaded', 'cached']) {
      const page = await context.newPage();
      const encodings = new Map<string, Promise<string | null>>();
      page.on('response', (response) =>
        encodings.set(response.url(), response.headerValue('Content-Encoding')),
      );
      await page.goto(`${portrait.url}/graphql`);
      await page.locator('.graphiql-query-editor .view-lines').waitFor();
      const sizes = await page.evaluate<[url: string, bytes: number][]>(
        'performance.getEntriesByType("resource").map(({ name, transferSize }) => [name, transferSize])',
      );
      // The browser may load the workers later.
      const files = sizes.filter(([url]) => /\/(graphiql|page)-[^/]+$/.test(url));
      expect(files).toHaveLength(4);
      for (const [url, bytes] of files) {
        expect(await encodings.get(url), url).toBe('br');
        expect(bytes > 0 ? 'loaded' : 'cached', url).toBe(expected);
      }
    }
  });

  it('opens with the query and the variables of a link, and copies such a link', async () => {
    const query = 'query Linked($id: ID!) { user(id: $id) { id } }';
    const search = new URLSearchParams({ query, variables: '{ "id": "ada" }' });
    const { page } = await openGraphiQL(`${portrait.url}/graphql?${search}`);
    await run(page);
    await result(page).getByText('"ada"').waitFor();
    await page.getByRole('button', { name: 'Show Share' }).click();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Link copied.').waitFor();
    expect(await copied(page)).toBe(page.url());
  });

  it.for(['localhost', '127.0.0.1'])(
    'works under a public URL with a path, whichever host it is opened at: %s',
    async (host) => {
      const port = await findFreePort();
      const publicUrl = `http://localhost:${port}/portrait`;
      await portraitForTest({ env: { PORT: String(port), PUBLIC_URL: publicUrl } });
      const { page } = await openGraphiQL(`http://${host}:${port}/portrait/graphql`, [
        new URL(publicUrl).origin,
      ]);
      await fileInput(page).setInputFiles(join(IMAGES, 'photo.webp'));
      await run(page);
      await result(page).getByText('"photo.webp"').waitFor();
      expect(await pictures(page).first().getAttribute('src')).toContain(`${publicUrl}/static/pictures/`);
      expect(await loadedWidth(page, 'uploadProfilePicture.profilePicture.url')).toBe(256);
    },
  );
});
