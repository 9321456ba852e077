import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import { checkMessage } from './check-message.ts';
import { stripBasePath } from './request-target.ts';

/** Responds at once if it can. @returns false if it has sent nothing. */
export type SendCached = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** Responds to a request in the usual way. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** Responds now or later. @returns false to leave the request to the usual way. To leave it later, calls `respond`. */
export type SendQuickly = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  respond: Respond,
) => boolean;

export interface SendFromMemoryOptions {
  /** Prefix of the URLs of each server, and a function that gets the rest of the URL, still encoded. */
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
 * @returns a {@link SendQuickly} for whole URLs.
 */
export function createSendFromMemory({
  servers,
  basePath,
  loopbackOnly,
}: SendFromMemoryOptions): (request: IncomingMessage, response: ServerResponse, respond: Respond) => boolean {
  return (request, response, respond) => {
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return false;
    }
    const url = stripBasePath(request.url ?? '', basePath());
    for (const { prefix, sendQuickly } of servers) {
      if (url.startsWith(prefix)) {
        return (
          headers['content-length'] === undefined &&
          headers['transfer-encoding'] === undefined &&
          checkMessage(request) === undefined &&
          !(loopbackOnly && !isLoopbackHostHeader(headers.host)) &&
          sendQuickly(request, response, url.slice(prefix.length), respond)
        );
      }
    }
    return false;
  };
}
