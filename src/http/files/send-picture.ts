import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Picture } from './picture.ts';
import { evaluatePreconditions, isConditional, type Outcome } from './preconditions.ts';

const WHOLE: Outcome = { status: 200 };

/**
 * Sends a picture from memory, or the part of it that the request asks for.
 * @param common returns the headers of every response.
 * @returns undefined, or the status of a rejection that the caller must send.
 */
export function sendPicture(
  request: IncomingMessage,
  response: ServerResponse,
  picture: Picture,
  common: () => Readonly<Record<string, string>>,
): 412 | 416 | undefined {
  const outcome = isConditional(request.headers) ? evaluatePreconditions(request, picture) : WHOLE;
  const { ok, notModified } = picture.responses(common);
  switch (outcome.status) {
    case 200:
      response.writeHead(200, ok);
      response.end(request.method === 'HEAD' ? undefined : picture.bytes);
      return undefined;
    case 304:
      response.writeHead(304, notModified);
      response.end();
      return undefined;
    case 206: {
      const { start, end } = outcome.range;
      const range = `bytes ${start}-${end}/${picture.size}`;
      const length = String(end - start + 1);
      response.writeHead(206, [...notModified, 'Content-Length', length, 'Content-Range', range]);
      response.end(picture.bytes.subarray(start, end + 1));
      return undefined;
    }
    default:
      return outcome.status;
  }
}
