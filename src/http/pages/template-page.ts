import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basePathOf, pictureOrigins, type SiteUrls } from './site-urls.ts';

const PAGES = new URL('../../web/', import.meta.url);

/**
 * Creates the route of a page that contains the URLs of the server.
 * @param file name of the page's template in `web/`.
 * @param policy returns the Content-Security-Policy of the page for the origins of pictures.
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

/** Escapes a URL for text and double-quoted attributes. In a parsed URL, only the ampersand needs escaping. */
function escapeUrl(url: string): string {
  return url.replaceAll('&', '&amp;');
}
