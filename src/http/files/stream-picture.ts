import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, PictureReader } from '../../storage/storage.ts';
import { sendRejection } from './file-refusals.ts';
import { etagOf, pictureHeaders } from './picture.ts';
import { evaluatePreconditions, isConditional } from './preconditions.ts';

interface Transfer {
  readonly reader: PictureReader;
  readonly file: string;
  readonly response: ServerResponse;
  /** Aborted when the response closes, for example because the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Responds with a file that is too large for memory. It evaluates preconditions itself, because stores interpret them
 * differently. So a conditional request can cost a second request to the store.
 * @returns false if the file does not exist. Then it has sent nothing.
 */
export async function streamPicture(
  reader: PictureReader,
  file: string,
  response: ServerResponse,
): Promise<boolean> {
  const disconnect = new AbortController();
  response.once('close', () => disconnect.abort());
  const transfer = { reader, file, response, signal: disconnect.signal };
  const { method, headers } = response.req;
  return method === 'HEAD' || isConditional(headers)
    ? await sendConditionally(transfer)
    : await sendFile(transfer);
}

/**
 * Responds based on the description of a file, and reads the file only if the response needs it.
 * @returns whether the file exists.
 */
async function sendConditionally(transfer: Transfer): Promise<boolean> {
  const { reader, file, response, signal } = transfer;
  const { req: request } = response;
  const description = await reader.describe(file, signal);
  if (description === null) {
    return false;
  }
  const { size, modifiedAt } = description;
  const outcome = evaluatePreconditions(request, { etag: etagOf(file), size, modifiedAt });
  if (outcome.status === 412 || outcome.status === 416) {
    sendRejection(response, outcome.status, outcome.status === 416 ? `bytes */${size}` : undefined);
    return true;
  }
  if (outcome.status === 206) {
    return await sendFile(transfer, { ...outcome.range, of: size });
  }
  if (outcome.status === 200 && request.method === 'GET') {
    return await sendFile(transfer);
  }
  response.writeHead(outcome.status, {
    ...pictureHeaders(file, modifiedAt),
    ...(outcome.status === 200 && { 'Content-Length': size }),
  });
  response.end();
  return true;
}

/**
 * Sends a file, or a range of it.
 * @param range the range, and in `of` the size of the whole file in bytes.
 * @returns whether the file exists.
 */
async function sendFile(
  { reader, file, response, signal }: Transfer,
  range?: ByteRange & { of: number },
): Promise<boolean> {
  const opened = await reader.open(file, signal, range);
  if (opened === null) {
    return false;
  }
  response.writeHead(range === undefined ? 200 : 206, {
    ...pictureHeaders(file, opened.modifiedAt),
    'Content-Length': opened.size,
    ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${range.of}` }),
  });
  await pipeline(opened.body, response);
  return true;
}
