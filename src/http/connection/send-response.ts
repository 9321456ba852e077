import type { ServerResponse } from 'node:http';
import { isFragmented } from './bounded-request.ts';
import { endAfterBody } from './end-after-body.ts';

export interface Answer {
  readonly status: number;
  /** Names and values in turn, without Content-Length. */
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * Sends a response, even while the body of the request is still arriving. Closes the connection in that case. Node
 * writes a body of ASCII together with the headers. Other bodies are encoded first, because Node counts the code units
 * of a waiting string instead of its bytes.
 */
export async function sendResponse(
  response: ServerResponse,
  { status, headers, body }: Answer,
): Promise<void> {
  const { req } = response;
  const length = Buffer.byteLength(body);
  const content = length === body.length ? body : Buffer.from(body);
  // RFC 9110, section 8.6, forbids the header with 204.
  const list = status === 204 ? headers.slice() : headers.concat('Content-Length', String(length));
  if (req.complete && !isFragmented(req)) {
    response.writeHead(status, list);
    response.end(content, 'latin1');
  } else {
    response.writeHead(status, list.concat('Connection', 'close'));
    await endAfterBody(response, content);
  }
}
