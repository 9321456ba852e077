import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type OutgoingHttpHeaders, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { readExample } from '../support/examples.ts';
import { viewer } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The Accept header that Chromium and Firefox send when they open a page. */
const BROWSER_ACCEPT =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

let portrait: Portrait;
let browser: Browser;

beforeAll(async () => {
  portrait = await startPortrait();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await portrait[Symbol.asyncDispose]();
});

describe('An HTML form without JavaScript', () => {
  it('uploads the picture and redirects to its page', async () => {
    const page = await openForm();
    const answer = await submit(page, picturePath('photo.webp'));
    expect([answer.status(), answer.headers()['location']]).toEqual([303, page.url()]);
    await page.getByText('View 2').waitFor();
    expect((await viewer(portrait)).profilePicture?.fileName).toBe('photo.webp');
  });

  it('redirects to the front page if its page sends no Referer', async () => {
    const page = await openForm({ headers: { 'Referrer-Policy': 'no-referrer' } });
    const answer = await submit(page, picturePath('photo.webp'));
    expect([answer.status(), answer.headers()['location']]).toEqual([303, '/']);
    await page.waitForURL((url) => url.pathname === '/');
  });

  it.each([
    ['UNSUPPORTED_FILE_TYPE', 415, 'drawing.svg'],
    ['UNREADABLE_IMAGE', 422, 'truncated.jpg'],
  ])('shows %s with status %i for %s, and a link back', async (code, status, picture) => {
    const page = await openForm();
    const answer = await submit(page, picturePath(picture));
    expect(answer.status()).toBe(status);
    await page.getByText(`(${code})`).waitFor();
    expect(answer.headers()['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'self'; [^,\n]*$/,
    );
    await page.getByRole('link', { name: 'Back' }).click();
    await page.getByText('View 2').waitFor();
  });

  it('shows FILE_MISSING if the user chose no file', async () => {
    const page = await openForm({ change: (form) => form.replace(' required', '') });
    const answer = await submit(page);
    expect(answer.status()).toBe(400);
    await page.getByText('(FILE_MISSING)').waitFor();
  });

  it('shows FILE_TOO_LARGE while the file is still being sent', async () => {
    const file = join(await temporaryFolder(), 'me.jpg');
    await writeFile(file, new Uint8Array(40 * 1024 * 1024));
    const page = await openForm();
    const answer = await submit(page, file);
    expect(answer.status()).toBe(413);
    await page
      .getByText(
        'The file is larger than 5 MiB (5,242,880 bytes). Choose a smaller picture. (FILE_TOO_LARGE)',
      )
      .waitFor();
  });

  it.each(['', 'enctype="application/x-www-form-urlencoded"', 'enctype="text/plain"'])(
    'shows what to change if "%s" replaces its enctype',
    async (enctype) => {
      const page = await openForm({
        change: (form) => form.replace('enctype="multipart/form-data"', enctype),
      });
      const answer = await submit(page, picturePath('photo.webp'));
      expect(answer.status()).toBe(415);
      await page
        .getByText(
          'The Content-Type is not accepted. In a form, set enctype="multipart/form-data". For JSON, send application/json. (UNSUPPORTED_MEDIA_TYPE)',
        )
        .waitFor();
    },
  );

  it.each(['localhost', '127.0.0.1'])(
    'gets a GraphQL error on a page of another origin, even if demo mode allows it (%s, another port)',
    async (host) => {
      const page = await openForm({
        host,
        change: (form) => form.replace('"/graphql"', `"${portrait.url}/graphql"`),
      });
      const answer = await submit(page, picturePath('drawing.svg'));
      expect(answer.headers()['content-type']).toBe('application/json; charset=utf-8');
      expect(await answer.text()).toContain('UNSUPPORTED_FILE_TYPE');
    },
  );
});

describe('The server answers a POST', () => {
  const SAME_ORIGIN = { Accept: BROWSER_ACCEPT, 'Sec-Fetch-Site': 'same-origin' };

  it.each([
    ['as a form if a page of the same origin sent it', SAME_ORIGIN, [303, undefined]],
    [
      'as GraphQL if another site sent it',
      { ...SAME_ORIGIN, 'Sec-Fetch-Site': 'cross-site' },
      [403, 'application/json; charset=utf-8'],
    ],
    [
      'as a form if an old browser sent it from a page of the same origin',
      { Accept: BROWSER_ACCEPT, Origin: 'own' },
      [303, undefined],
    ],
    [
      'as GraphQL if no header states the origin',
      { Accept: BROWSER_ACCEPT },
      [200, 'application/json; charset=utf-8'],
    ],
    [
      'as GraphQL if the client accepts anything',
      { ...SAME_ORIGIN, Accept: '*/*' },
      [200, 'application/json; charset=utf-8'],
    ],
    [
      'as GraphQL if the client prefers another type to HTML',
      { ...SAME_ORIGIN, Accept: 'image/avif, text/html;q=0.5' },
      [200, 'application/json; charset=utf-8'],
    ],
    [
      'as GraphQL if the client accepts the GraphQL media type',
      { ...SAME_ORIGIN, Accept: 'application/graphql-response+json, text/html' },
      [200, 'application/graphql-response+json; charset=utf-8'],
    ],
  ])('%s', async (_title, headers, expected) => {
    const { status, type } = await post(headers);
    expect([status, type]).toEqual(expected);
  });

  it.each([
    { title: 'the form’s page', referer: '/account?tab=1', location: '/account?tab=1' },
    {
      title: 'a page whose path begins with two slashes',
      referer: '//elsewhere.test/x',
      location: '//elsewhere.test/x',
    },
  ])('with a redirect to the full URL of $title', async ({ referer, location }) => {
    const answer = await post({ ...SAME_ORIGIN, Origin: portrait.url, Referer: portrait.url + referer });
    expect(answer.location).toBe(portrait.url + location);
  });

  it.each(['http://elsewhere.test/account', 'nonsense', 'javascript:alert(1)'])(
    'with a redirect to the front page if the Referer is %s',
    async (referer) => {
      const answer = await post({ ...SAME_ORIGIN, Origin: portrait.url, Referer: referer });
      expect(answer.location).toBe('/');
    },
  );
});

it('Image elements show the picture or the initials of a user, in the format that the browser prefers', async () => {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const mediaTypes: (string | undefined)[] = [];
  page.on('response', (response) => mediaTypes.push(response.headers()['content-type']));
  for (const [title, user, mediaType] of [
    ['avatar.html', 'demo', 'image/webp'],
    ['avatar.html', 'alice', 'image/svg+xml; charset=utf-8'],
    ['avatar-srcset.html', 'demo', 'image/webp'],
    ['avatar-email.html', 'demo', 'image/jpeg'],
    ['avatar-email.html', 'alice', 'image/png'],
  ] as const) {
    const example = await readExample(title, portrait);
    await page.setContent(example.replaceAll('/users/alice/', `/users/${user}/`));
    const image = page.locator('img');
    await expect
      .poll(() => image.evaluate((element: HTMLImageElement) => element.complete && element.naturalWidth))
      .toBeGreaterThan(0);
    expect([title, user, mediaTypes.splice(0)]).toEqual([title, user, [mediaType]]);
  }
});

it('An error page escapes the values that it repeats from the request', async () => {
  const { body } = await post(
    {
      Accept: BROWSER_ACCEPT,
      'Sec-Fetch-Site': 'same-origin',
      Origin: portrait.url,
      Referer: `${portrait.url}/?a='"&b`,
    },
    {
      query: 'query ($size: Int!) { viewer { avatarUrl(size: $size) } }',
      variables: { size: '<img src=x onerror="alert(1)">' },
    },
  );
  expect(body).toContain('&#60;img src=x onerror=');
  expect(body).not.toContain('<img');
  expect(body).toContain(`<a href="${portrait.url}/?a=%27%22&#38;b">`);
});

interface FormOptions {
  readonly change?: (form: string) => string;
  /** Response headers of the page. */
  readonly headers?: OutgoingHttpHeaders;
  /** Host name of the application. */
  readonly host?: string;
}

/** Opens a page that contains the form from docs/api.md and a count of its views. */
async function openForm({ change = (form) => form, headers = {}, host = '127.0.0.1' }: FormOptions = {}) {
  const form = change(await readExample('form.html', portrait));
  let views = 0;
  const application = await startApplication(host, (_request, response) => {
    views += 1;
    response.writeHead(200, { 'Content-Type': 'text/html', ...headers });
    response.end(`<h1>View ${views}</h1>${form}`);
  });
  const context = await browser.newContext({ javaScriptEnabled: false });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`${application}/account?tab=picture`);
  return page;
}

/**
 * Starts a server that has a page at `/account` and forwards all other paths to Portrait, like a reverse proxy.
 *
 * @returns the server's origin.
 */
async function startApplication(host: string, sendPage: RequestListener): Promise<string> {
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/account')) {
      sendPage(incoming, response);
      return;
    }
    const { method = 'GET', headers, url } = incoming;
    const forwarded = request(`${portrait.url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(forwarded);
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

async function submit(page: Page, file?: string): Promise<Response> {
  if (file !== undefined) {
    await page.getByLabel('Your picture').setInputFiles(file);
  }
  const answered = page.waitForResponse((response) => response.url().endsWith('/graphql'));
  await page.getByRole('button', { name: 'Upload' }).click();
  return answered;
}

/** Sends a query with headers that fetch would change. The Origin `own` stands for the server's own origin. */
async function post(headers: OutgoingHttpHeaders, body: object = { query: '{ viewer { id } }' }) {
  const sent = request(`${portrait.url}/graphql`, {
    method: 'POST',
    headers: {
      ...headers,
      ...(headers['Origin'] === 'own' && { Origin: portrait.url }),
      'Content-Type': 'application/json',
    },
  });
  sent.end(JSON.stringify(body));
  const [answer] = await once(sent, 'response');
  return {
    body: await text(answer),
    status: answer.statusCode,
    type: answer.headers['content-type'],
    location: answer.headers.location,
  };
}
