import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../support/browser.ts';
import { type TestUser, viewer } from '../../support/graphql.ts';
import { button, CLIPBOARD, choose, copied, openPage, send } from '../../support/page.ts';
import { picturePath } from '../../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../../support/signed-in.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

interface Response {
  readonly data: Record<string, TestUser> | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

/** Copies the page's command and runs it in a shell in this folder, without the user's curl settings. */
async function runCommand(page: Page, folder: string, env: Record<string, string> = {}): Promise<Response> {
  await button(page, 'Copy command').click();
  await page.locator('details').getByText('Copied').waitFor();
  const { stdout } = await promisify(execFile)('sh', ['-c', await copied(page)], {
    cwd: folder,
    env: { PATH: process.env['PATH'], CURL_HOME: folder, ...env },
  });
  return JSON.parse(stdout);
}

describe('The command that the page copies', () => {
  it.for(['photo.webp', `it's; a "photo", no. 1.webp`])(
    'repeats the upload of the page: %s',
    async (name) => {
      const folder = await temporaryFolder();
      const file = join(folder, name);
      await copyFile(picturePath('photo.webp'), file);
      const page = await openPage(browser, server.url, CLIPBOARD);
      await choose(page, file);
      await page.getByLabel('Description').last().fill(`It's a \\ "lighthouse"`);
      await send(page);
      await page.getByText('Last GraphQL request').click();
      const before = (await viewer(server)).profilePicture;
      const { data } = await runCommand(page, folder);
      const picture = data?.['uploadProfilePicture']?.profilePicture;
      expect(picture).toMatchObject({ fileName: before?.fileName, altText: `It's a \\ "lighthouse"` });
      expect(picture?.id).not.toBe(before?.id);
    },
  );

  it('takes the token from the environment if the server requires sign-in', async () => {
    const authenticated = await portraitForTest({ env: { AUTH_SECRET } });
    const headers = await signedIn('ann');
    const page = await openPage(browser, authenticated.url, { ...CLIPBOARD, extraHTTPHeaders: headers });
    await choose(page, picturePath('photo.webp'));
    await send(page);
    await button(page, 'Remove picture').click();
    await page.getByText('Profile picture removed.').waitFor();
    await page.getByText('Last GraphQL request').click();
    const TOKEN = headers['Authorization']?.replace('Bearer ', '') ?? '';
    const { data } = await runCommand(page, await temporaryFolder(), { TOKEN });
    expect(data?.['removeProfilePicture']).toMatchObject({ id: 'ann', profilePicture: null });
  });

  it('repeats a request without a file', async () => {
    const fresh = await portraitForTest();
    const page = await openPage(browser, fresh.url, CLIPBOARD);
    await choose(page, picturePath('photo.webp'));
    await send(page);
    await button(page, 'Remove picture').click();
    await page.getByText('Profile picture removed.').waitFor();
    await button(page, 'Restore previous picture').click();
    await page.getByText('Previous picture restored.').waitFor();
    await page.getByText('Last GraphQL request').click();
    const { errors } = await runCommand(page, await temporaryFolder());
    expect(errors?.[0]?.extensions.code).toBe('NOTHING_TO_RESTORE');
  });
});
