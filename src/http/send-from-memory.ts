import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import { checkMessage } from './check-message.ts';
import type { PictureServer } from './files/picture-server.ts';
import { PICTURES_PREFIX } from './routes.ts';

export interface SendFromMemoryOptions {
  readonly pictures: PictureServer;
  /** Returns the path of the public URL. */
  readonly basePath: () => string;
  /** True if the server responds only under a loopback name. */
  readonly loopbackOnly: boolean;
}

/**
 * Creates a function that responds to a request for a picture in memory, without the work that other requests need: no
 * request id, no context and no route. It makes the same checks, and leaves every rejection to the usual way.
 * @returns a function that returns false if it has sent nothing.
 */
export function createSendFromMemory({
  pictures,
  basePath,
  loopbackOnly,
}: SendFromMemoryOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const { url = '', method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return false;
    }
    const start = startOfPath(url, basePath());
    return (
      start !== 0 &&
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined &&
      checkMessage(request) === undefined &&
      !(loopbackOnly && !isLoopbackHostHeader(headers.host)) &&
      pictures.sendCached(request, response, url.slice(start))
    );
  };
}

/** Returns the index in a URL at which the path of a picture begins, or 0 if the URL is not that of a picture. */
function startOfPath(url: string, basePath: string): number {
  if (url.startsWith(PICTURES_PREFIX)) {
    return PICTURES_PREFIX.length;
  }
  // A proxy may strip the path of the public URL or keep it.
  return url.startsWith(PICTURES_PREFIX, basePath.length) && url.startsWith(basePath)
    ? basePath.length + PICTURES_PREFIX.length
    : 0;
}
