import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  type ByteRange,
  type FileDescription,
  mediaTypeOf,
  PICTURE_FILE,
  type PictureReader,
} from '../../storage/storage.ts';
import { decodePath } from './decode-path.ts';
import { rejectMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import type { FileServer } from './file-server.ts';
import { evaluatePreconditions, isConditional } from './preconditions.ts';

export interface BucketServerOptions {
  readonly reader: PictureReader;
  readonly headers: OutgoingHttpHeaders;
}

/**
 * Creates a server for the pictures in a bucket. Like createFileServer, it supports ETag, Last-Modified, 304, Range and
 * HEAD. It requests only objects whose name can be that of a picture file. It evaluates preconditions itself, because
 * stores interpret them differently. So a conditional request can cost a second request to the store.
 */
export function createBucketServer({ reader, headers }: BucketServerOptions): FileServer {
  return async (request, response, path) => {
    if (rejectMethod(request, response)) {
      return;
    }
    const file = decodePath(path);
    const disconnect = new AbortController();
    response.once('close', () => disconnect.abort());
    const transfer = { file, request, response, headers, signal: disconnect.signal };
    const found =
      PICTURE_FILE.test(file) &&
      (await (needsDescription(request) ? sendConditionally(reader, transfer) : sendFile(reader, transfer)));
    if (!found) {
      sendNotFound(response);
    }
  };
}

interface Transfer {
  readonly file: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: OutgoingHttpHeaders;
  /** Aborted when the response closes, for example because the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Responds based on the description of a file, and reads the file only if the response needs it.
 * @returns whether the file exists.
 */
async function sendConditionally(reader: PictureReader, transfer: Transfer): Promise<boolean> {
  const { file, request, response, headers, signal } = transfer;
  const description = await reader.describe(file, signal);
  if (description === null) {
    return false;
  }
  const outcome = evaluatePreconditions(request, description);
  if (outcome.status === 412 || outcome.status === 416) {
    sendRejection(
      response,
      outcome.status,
      outcome.status === 416 ? `bytes */${description.size}` : undefined,
    );
    return true;
  }
  if (outcome.status === 206) {
    return await sendFile(reader, transfer, { ...outcome.range, of: description.size });
  }
  if (outcome.status === 200 && request.method === 'GET') {
    return await sendFile(reader, transfer);
  }
  response.writeHead(outcome.status, {
    ...headersOf(file, description),
    ...(outcome.status === 200 && { 'Content-Length': description.size }),
    ...headers,
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
  reader: PictureReader,
  { file, response, headers, signal }: Transfer,
  range?: ByteRange & { of: number },
): Promise<boolean> {
  const opened = await reader.open(file, signal, range);
  if (opened === null) {
    return false;
  }
  response.writeHead(range === undefined ? 200 : 206, {
    ...headersOf(file, opened),
    'Content-Length': opened.size,
    ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${range.of}` }),
    ...headers,
  });
  await pipeline(opened.body, response);
  return true;
}

function needsDescription({ method, headers }: IncomingMessage): boolean {
  return method === 'HEAD' || isConditional(headers);
}

function headersOf(file: string, { etag, modifiedAt }: FileDescription): OutgoingHttpHeaders {
  return {
    'Content-Type': mediaTypeOf(file),
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Last-Modified': modifiedAt.toUTCString(),
  };
}
