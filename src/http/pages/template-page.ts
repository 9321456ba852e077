import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basePathOf, pictureOrigins, type SiteUrls } from './site-urls.ts';

const PAGES = new URL('../../web/', import.meta.url);

/**
 * Makes the route of a page, with the server's own address in it.
 * @param file name of the page's template in `web/`.
 * @param policy makes the page's Content-Security-Policy of the origins of pictures.
 */
export function createTemplatePage(file: string, urls: SiteUrls, policy: (pictureOrigins: string) => string) {
  const template = readFileSync(new URL(file, PAGES), 'utf8');
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = urls.publicUrl();
    const html = template
      .replaceAll('{publicUrl}', escapeUrl(url))
      .replaceAll('{picturesUrl}', escapeUrl(urls.picturesUrl()))
      .replaceAll('{basePath}', escapeUrl(basePathOf(url)));
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      'Cache-Control': 'no-cache',
      Vary: 'Accept',
      'Content-Security-Policy': policy(pictureOrigins(urls)),
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  };
}

/** The configuration has parsed it: of what means something in HTML, a URL can hold only the ampersand. */
function escapeUrl(url: string): string {
  return url.replaceAll('&', '&amp;');
}
