import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { findChromium } from './chromium.ts';

/** A real Chromium, which reaches loopback only. */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await findChromium(),
    args: [
      // The suite may run as root, for whom Chromium has no sandbox; its pages are ours alone.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}

export interface WatchedPageOptions extends BrowserContextOptions {
  /** Of the server, beside that of its URL. */
  readonly origins?: readonly string[];
  /** Files that may fail to load, beside GraphQL requests, which may be refused. */
  readonly mayFail?: readonly string[];
}

/**
 * A new page in a profile of its own, where every host but the server's fails. At the test's end no other may have
 * been asked, nothing may have broken the page's policy, and nothing else may stand in the console.
 */
export async function openWatchedPage(
  browser: Browser,
  url: string,
  { origins = [], mayFail = [], ...options }: WatchedPageOptions = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  const own = [new URL(url).origin, ...origins];
  const foreign: string[] = [];
  const faults: string[] = [];
  await context.route(
    ({ origin, protocol }) => protocol.startsWith('http') && !own.includes(origin),
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  onTestFinished(async () => {
    await context.close();
    expect({ foreign, faults }).toEqual({ foreign: [], faults: [] });
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const { pathname = '' } = URL.parse(message.location().url) ?? {};
    const allowed =
      message.text().startsWith('Failed to load resource') &&
      ['/graphql', ...mayFail].some((end) => pathname.endsWith(end));
    if ((message.type() === 'error' || message.type() === 'warning') && !allowed) {
      faults.push(`${message.text()} (${message.location().url})`);
    }
  });
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", (event) => console.error("Blocked: " + event.blockedURI))',
  );
  return page;
}

/** From now on the page's uploads are so slow. */
export async function throttleUploads(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}
