import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

let portrait: Portrait;
let browser: Browser;

beforeAll(async () => {
  [portrait, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await portrait[Symbol.asyncDispose]();
});

/** A new page, with what it asked of other hosts and what went wrong in it. */
async function openPage(): Promise<{ page: Page; foreign: string[]; faults: string[] }> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const foreign: string[] = [];
  const faults: string[] = [];
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(portrait.url)) {
      foreign.push(request.url());
    }
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) {
      faults.push(`${response.status()} ${response.url()}`);
    }
  });
  return { page, foreign, faults };
}

describe('The start page', () => {
  it('shows its logo and its stylesheet, and asks no other host', async () => {
    const { page, foreign, faults } = await openPage();
    await page.goto(portrait.url);
    await page.getByRole('heading', { name: 'Portrait' }).waitFor();
    expect(await page.evaluate('document.querySelector("header img").naturalWidth')).toBe(128);
    expect(await page.evaluate('getComputedStyle(document.querySelector("h1")).fontSize')).toBe('36px');
    expect([foreign, faults]).toEqual([[], []]);
  });

  it('leads to GraphiQL', async () => {
    const { page } = await openPage();
    await page.goto(portrait.url);
    await page.getByRole('link', { name: 'Open GraphiQL' }).click();
    await page.waitForURL(`${portrait.url}/graphql`);
    await page.getByRole('heading', { name: 'Files' }).waitFor();
  });
});
