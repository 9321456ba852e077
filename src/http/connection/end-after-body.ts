import type { ServerResponse } from 'node:http';
import { isFragmented } from './bounded-request.ts';
import { closeUnparsed, drain } from './drain.ts';

/**
 * Sends a response whose request's body is still arriving, and ends it when the body has ended. If the server closed
 * the connection earlier, the kernel would reply to the rest of the body with a reset, and most clients would lose the
 * response. Call `writeHead` before, with a Content-Length, so clients know where the response ends.
 */
export async function endAfterBody(response: ServerResponse, body: Buffer | string): Promise<void> {
  const { req } = response;
  response.write(body);
  await drain(req);
  if (isFragmented(req) && !req.socket.destroyed) {
    closeUnparsed(req.socket);
  } else {
    response.end();
  }
}
