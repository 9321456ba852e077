import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { isFragmented } from './bounded-request.ts';
import { closeUnparsed, drain } from './drain.ts';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

/**
 * Sends a response, even while the body of the request is still arriving. If the server closed the connection then, the
 * kernel would reply to the rest of the body with a reset, and most clients would lose the response. So the server
 * writes the whole response first, and drains the rest of the body for a while before it closes the connection.
 */
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
  if (!early) {
    response.end(body);
    return;
  }
  response.write(body);
  await drain(request);
  if (isFragmented(request) && !request.socket.destroyed) {
    closeUnparsed(request.socket);
  } else {
    response.end();
  }
}
