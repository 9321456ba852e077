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
 * Length of a body in UTF-16 code units up to which Node writes it together with the headers. Longer ones are encoded
 * first, so that the limit of unread responses counts their bytes.
 */
const MAX_STRING_LENGTH = 16 * 1024;

/** Sends a response, even while the body of the request is still arriving. Closes the connection in that case. */
export async function sendResponse(
  response: ServerResponse,
  { status, headers, body }: Answer,
): Promise<void> {
  const { req } = response;
  const content = body.length > MAX_STRING_LENGTH ? Buffer.from(body) : body;
  const list = headers.concat('Content-Length', String(Buffer.byteLength(content)));
  if (req.complete && !isFragmented(req)) {
    response.writeHead(status, list);
    response.end(content);
  } else {
    response.writeHead(status, [...list, 'Connection', 'close']);
    await endAfterBody(response, content);
  }
}
