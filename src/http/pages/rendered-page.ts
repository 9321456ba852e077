import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { basePathOf, pictureOrigins, type SiteUrls } from './site-urls.ts';

/** Runs a query as the user of a request. Rejects with RateLimitedError if the client has sent too many requests. */
export type RunQuery = (request: IncomingMessage, query: string) => Promise<ExecutionResult>;

export interface RenderedPageOptions extends SiteUrls {
  readonly runQuery: RunQuery;
  /** True if mutations require a token. */
  readonly needsToken: boolean;
}

/** Module that `npm run build` creates from a `server.tsx`. */
interface BuiltPage {
  readonly query: string;
  renderPage(
    data: unknown,
    site: { readonly publicUrl: string; readonly basePath: string; readonly needsToken: boolean },
  ): string;
}

const BUILT_PAGES = new URL('../../../build/', import.meta.url);

/**
 * Creates the route of a page that shows data of the user. The page is a client of the API like any other: its module
 * exports a query, and renders the result.
 * @param file name of the page's module in `build/`, which `npm run build` writes.
 */
export function createRenderedPage(file: string, { runQuery, needsToken, ...urls }: RenderedPageOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { query, renderPage } = await loadPage(file);
    const { data, errors } = await runQuery(request, query);
    if (errors !== undefined) {
      throw errors[0];
    }
    const publicUrl = urls.publicUrl();
    const html = renderPage(data, { publicUrl, basePath: basePathOf(publicUrl), needsToken });
    // Not compressed, because the page shows data of the user, which the size of a compressed page can reveal.
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      // The page shows the signed-in user, whose picture can change elsewhere.
      'Cache-Control': 'private, no-cache',
      // The forms of the page send its URL as `Referer`, and the server redirects to that URL.
      'Referrer-Policy': 'same-origin',
      'Content-Security-Policy': policy(pictureOrigins(urls)),
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  };
}

/** Loads the page at the first request, so the server starts without waiting for it. */
async function loadPage(file: string): Promise<BuiltPage> {
  try {
    return await import(new URL(file, BUILT_PAGES).href);
  } catch (cause) {
    throw new Error('The page cannot be loaded. Run `npm run build` to create it.', { cause });
  }
}

/** Returns the Content-Security-Policy. Pictures can come from other origins, and from the file that the user chose. */
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
