import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { hasBody } from './drain.ts';
import { endAfterBody } from './end-after-body.ts';

/**
 * Sends a plain-text response, even while the body of the request is still arriving.
 * @param text a sentence for people, without a line break.
 */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  if (response.req.method === 'HEAD') {
    response.end();
  } else if (hasBody(response.req)) {
    void endAfterBody(response, body);
  } else {
    response.end(body);
  }
}
