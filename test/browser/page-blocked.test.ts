import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { launchBrowser, openWatchedPage } from '../support/browser.ts';
import { query, uploaded } from '../support/graphql.ts';
import { button, editor, fileInput, giveFile, openPage } from '../support/page.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';

it('A blocked user sees why and until when, and can only describe and remove the picture', async () => {
  const server = await portraitForTest({ env: { AUTH_SECRET } });
  const [ann, moderator] = [await signedIn('ann'), await signedIn('mod', null, ['portrait:moderate'])];
  await uploaded(server, await pictureFile('photo.webp'), {}, ann);
  const block = (until: string) =>
    query(
      server,
      `mutation { blockUploads(userId: "ann", until: ${until}, reason: "Upload a photo of yourself.") { id } }`,
      {},
      moderator,
    );
  expect((await block('"2999-06-01T12:00:00Z"')).errors).toBeUndefined();
  await using browser = await launchBrowser();
  const options = { extraHTTPHeaders: ann, locale: 'de-AT', timezoneId: 'Europe/Vienna' };

  const plain = await openWatchedPage(browser, server.url, { ...options, javaScriptEnabled: false });
  await plain.goto(server.url);
  await plain.getByText('You can upload again on 2999-06-01 12:00 UTC.').waitFor();

  const page = await openPage(browser, server.url, options);
  await page.getByRole('heading', { name: 'You cannot upload pictures' }).waitFor();
  await page.getByText('Reason: Upload a photo of yourself.').waitFor();
  await page.getByText(/You can upload again on 1\. Juni 2999.*14:00\./).waitFor();
  expect(await fileInput(page).count()).toBe(0);
  const buffer = await readFile(picturePath('animated.gif'));
  await giveFile(page, 'drop', { name: 'me.gif', mimeType: 'image/gif', buffer });
  await button(page, 'Remove picture').click();
  await page.getByRole('heading', { name: 'No profile picture' }).waitFor();
  expect(await button(page, 'Restore previous picture').count()).toBe(0);
  expect(await editor(page).count()).toBe(0);

  await block('null');
  await page.reload();
  await page.getByText('To change this, contact the moderators of this site.').waitFor();
  expect(await page.getByText('You can upload again').count()).toBe(0);
});
