import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { expect } from 'vitest';
import { atTestEnd } from './present-test.ts';
import { findBrowser } from './chromium.ts';

/** Launches a real Chromium that reaches loopback only. */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    ...(await findBrowser()),
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
  atTestEnd(async () => {
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

const throttlingSessions = new WeakMap<Page, Promise<CDPSession>>();

/**
 * Limits the page's uploads to so many bytes per second, or lifts the limit with -1. A limit belongs to the session that
 * set it, and the strictest session wins. So all calls for a page share one session.
 */
export async function throttleUploads(page: Page, bytesPerSecond: number): Promise<void> {
  let session = throttlingSessions.get(page);
  if (session === undefined) {
    session = openNetworkSession(page);
    throttlingSessions.set(page, session);
  }
  await (await session).send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

async function openNetworkSession(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return session;
}
