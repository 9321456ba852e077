import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { basePathOf, pictureOrigins, type SiteUrls } from './site-urls.ts';

/** Runs a query as whoever sent the request. Rejects with RateLimitedError if that client has sent too many. */
export type RunQuery = (request: IncomingMessage, query: string) => Promise<ExecutionResult>;

export interface StartPageOptions extends SiteUrls {
  readonly runQuery: RunQuery;
  /** Who writes has to sign in, by a token. */
  readonly needsToken: boolean;
}

/** What the build makes of `web/page/server.tsx`. */
interface BuiltPage {
  readonly query: string;
  renderPage(
    data: unknown,
    site: { readonly publicUrl: string; readonly basePath: string; readonly needsToken: boolean },
  ): string;
}

const BUILT_PAGE = new URL('../../../build/page.js', import.meta.url).href;

/**
 * Makes the route of the page, which is a client of the API like any other: it says what it wants to know, and renders
 * that, here and later in the browser.
 */
export function createStartPage({ runQuery, needsToken, ...urls }: StartPageOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { query, renderPage } = await loadPage();
    const { data, errors } = await runQuery(request, query);
    if (errors !== undefined) {
      throw errors[0];
    }
    const publicUrl = urls.publicUrl();
    const html = renderPage(data, { publicUrl, basePath: basePathOf(publicUrl), needsToken });
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      // It shows who is signed in, and what that user changes elsewhere.
      'Cache-Control': 'private, no-cache',
      // Its forms say where they come from, and are led back there.
      'Referrer-Policy': 'same-origin',
      'Content-Security-Policy': policy(pictureOrigins(urls)),
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  };
}

/** When it is first asked for, so that the start need not wait. */
async function loadPage(): Promise<BuiltPage> {
  try {
    return await import(BUILT_PAGE);
  } catch (cause) {
    throw new Error('The page cannot be loaded. `npm run build` makes it.', { cause });
  }
}

/** Pictures may come from other origins, and from the file that was chosen. */
function policy(pictureOrigins: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    `img-src 'self' ${pictureOrigins} data: blob:`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ].join('; ');
}
