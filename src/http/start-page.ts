import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

const PAGE_POLICY = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const PAGE_FILE = new URL('../web/index.html', import.meta.url);

/** Makes the route of the page at `/`, with the server's own address in it. */
export function createStartPage(publicUrl: () => string) {
  const template = readFileSync(PAGE_FILE, 'utf8');
  return (request: IncomingMessage, response: ServerResponse): void => {
    // The configuration has parsed it: of what means something in HTML, a URL can hold only the ampersand.
    const html = template.replaceAll('{publicUrl}', publicUrl().replaceAll('&', '&amp;'));
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': PAGE_POLICY,
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  };
}
