import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { isFragmented } from './bounded-request.ts';
import { closeUnparsed, drain } from './drain.ts';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

/**
 * Sends an answer, also while the request's body is still coming. If the connection were closed then, the kernel
 * would answer the rest with a reset, and most clients would lose the answer. So the whole answer is written
 * first, and the rest of the body is drained for a while before the connection ends.
 */
export async function sendAnswer(
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
