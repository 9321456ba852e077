import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import { checkMessage } from './check-message.ts';

/** Responds at once if it can. @returns false if it has sent nothing. */
export type SendCached = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** Responds to a request in the usual way. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** Responds at once or later. @returns false if it will not respond. If it learns that later, it calls `respond`. */
export type SendQuickly = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  respond: Respond,
) => boolean;

export interface SendFromMemoryOptions {
  /** Start of the paths of each server, and a function that gets the rest of the URL, still encoded. */
  readonly servers: readonly { readonly prefix: string; readonly sendQuickly: SendQuickly }[];
  /** Returns the path of the public URL. */
  readonly basePath: () => string;
  /** True if the server responds only under a loopback name. */
  readonly loopbackOnly: boolean;
}

/**
 * Creates a function that responds to a request for a picture, or for an avatar in memory, without the work that other
 * requests need: no request id, no context and no route. It makes the same checks, and leaves every rejection and error
 * to the usual way.
 * @returns a function that returns false if it will not respond. If it learns that later, it calls `respond`.
 */
export function createSendFromMemory({
  servers,
  basePath,
  loopbackOnly,
}: SendFromMemoryOptions): (request: IncomingMessage, response: ServerResponse, respond: Respond) => boolean {
  return (request, response, respond) => {
    const { url = '', method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return false;
    }
    for (const { prefix, sendQuickly } of servers) {
      const start = endOfPrefix(url, prefix, basePath());
      if (start !== 0) {
        return (
          headers['content-length'] === undefined &&
          headers['transfer-encoding'] === undefined &&
          checkMessage(request) === undefined &&
          !(loopbackOnly && !isLoopbackHostHeader(headers.host)) &&
          sendQuickly(request, response, url.slice(start), respond)
        );
      }
    }
    return false;
  };
}

/** Returns the index in a URL at which a prefix ends, or 0 if the URL does not begin with it. */
function endOfPrefix(url: string, prefix: string, basePath: string): number {
  if (url.startsWith(prefix)) {
    return prefix.length;
  }
  // A proxy may strip the path of the public URL or keep it.
  return url.startsWith(prefix, basePath.length) && url.startsWith(basePath)
    ? basePath.length + prefix.length
    : 0;
}
