import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

const PAGES = new URL('../web/', import.meta.url);

/**
 * Makes the route of a page, with the server's own address in it.
 * @param file name of the page's template in `web/`.
 * @param policy makes the page's Content-Security-Policy of the public URL.
 */
export function createTemplatePage(
  file: string,
  publicUrl: () => string,
  policy: (publicUrl: string) => string,
) {
  const template = readFileSync(new URL(file, PAGES), 'utf8');
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = publicUrl();
    const html = template
      .replaceAll('{publicUrl}', escapeUrl(url))
      .replaceAll('{basePath}', escapeUrl(new URL(url).pathname.replace(/\/$/, '')));
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      'Cache-Control': 'no-cache',
      Vary: 'Accept',
      'Content-Security-Policy': policy(url),
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  };
}

/** The configuration has parsed it: of what means something in HTML, a URL can hold only the ampersand. */
function escapeUrl(url: string): string {
  return url.replaceAll('&', '&amp;');
}
