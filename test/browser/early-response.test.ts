import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { UPLOAD } from '../support/graphql.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

const LARGE = 50 * 1024 * 1024;

let portrait: Portrait;
let browser: Browser;

beforeAll(async () => {
  // The limit is so high that the server rejects no request because of its Content-Length.
  [portrait, browser] = await Promise.all([
    startPortrait({ env: { MAX_UPLOAD_BYTES: String(2 * LARGE) } }),
    launchBrowser(),
  ]);
});

afterAll(async () => {
  await browser.close();
  await portrait[Symbol.asyncDispose]();
});

it('Chromium reads the response to an upload while 50 MB are still to be sent', async () => {
  const page = await browser.newPage();
  await page.goto(portrait.url);
  for (let round = 0; round < 5; round += 1) {
    const answer = await page.evaluate(
      async ({ document, bytes }) => {
        const form = new FormData();
        form.append('operations', JSON.stringify({ query: document, variables: { file: null } }));
        form.append('map', '{"0":["variables.file"]}');
        form.append('0', new File(['not a picture '.repeat(bytes / 14)], 'me.jpg', { type: 'image/jpeg' }));
        const response = await fetch('/graphql', { method: 'POST', body: form });
        return { status: response.status, body: await response.json() };
      },
      { document: UPLOAD, bytes: LARGE },
    );
    expect(answer.status, `round ${round}`).toBe(415);
    expect(answer.body.errors[0].extensions.code).toBe('UNSUPPORTED_FILE_TYPE');
  }
});
