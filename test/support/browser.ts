import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { expect } from 'vitest';
import { findBrowser } from './chromium.ts';
import { atTestEnd } from './current-test.ts';

/** Launches a real Chromium that reaches loopback only. */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    ...(await findBrowser()),
    args: [
      // The suite may run as root, and Chromium has no sandbox for root. It loads only our own pages.
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
  /** Origins that the page may load from, in addition to its own. */
  readonly origins?: readonly string[];
  /** Suffixes of paths that may fail to load, in addition to `/graphql`. */
  readonly mayFail?: readonly string[];
}

/**
 * Opens a page in its own profile and blocks requests to other origins. At the end, the test fails if the page tried
 * such a request, violated its content security policy, or logged an error or a warning.
 */
export async function openWatchedPage(
  browser: Browser,
  url: string,
  { origins = [], mayFail = [], ...options }: WatchedPageOptions = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  const allowedOrigins = [new URL(url).origin, ...origins];
  const foreign: string[] = [];
  const faults: string[] = [];
  await context.route(
    ({ origin, protocol }) => protocol.startsWith('http') && !allowedOrigins.includes(origin),
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
 * Limits a page's uploads to this many bytes per second. The value -1 removes the limit. A limit belongs to the
 * session that set it, and the strictest limit wins. Therefore, all calls for a page share one session.
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
