import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

/** How much of a body that nobody wants is still taken, so that its sender reads the answer. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5_000;

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
  const body = Buffer.from(answer.body);
  const early = !request.complete;
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Length': body.length,
    ...(early && { Connection: 'close' }),
  });
  if (early) {
    response.write(body);
    await drain(request);
    response.end();
  } else {
    response.end(body);
  }
}

/** Resolves when the body has ended, its sender has left, or enough was drained. */
function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const finish = () => {
      clearTimeout(timer);
      request.off('data', count).off('end', finish).off('close', finish);
      resolve();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES) {
        finish();
      }
    };
    const timer = setTimeout(finish, LINGER_MS);
    request.on('data', count).on('end', finish).on('close', finish);
    request.resume();
  });
}
