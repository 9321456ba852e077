import type { IncomingMessage } from 'node:http';

/** Node's method for requests without a body: see `lib/_http_incoming.js`. Node's types do not have it. */
interface ClosableRequest {
  _dumpAndCloseReadable?(): void;
}

/**
 * Closes the stream of a request whose body was read without it, so that the stream emits no events. Their cost is in
 * docs/decisions/yoga-without-fetch.md.
 * @returns false if this version of Node does not have the method.
 */
export function closeReadBody(request: IncomingMessage): boolean {
  const closable = request as IncomingMessage & ClosableRequest;
  if (closable._dumpAndCloseReadable === undefined) {
    return false;
  }
  closable._dumpAndCloseReadable();
  return true;
}
