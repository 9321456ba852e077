import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { isFragmented } from './bounded-request.ts';
import { endAfterBody } from './end-after-body.ts';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

/** Sends a response, even while the body of the request is still arriving. Closes the connection in that case. */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const early = !request.complete || isFragmented(request);
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Length': body.length,
    ...(early && { Connection: 'close' }),
  });
  if (early) {
    await endAfterBody(response, body);
  } else {
    response.end(body);
  }
}
