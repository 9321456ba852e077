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
import { refuseMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import type { FileServer } from './file-server.ts';
import { evaluatePreconditions, isConditional } from './preconditions.ts';

export interface BucketServerOptions {
  readonly reader: PictureReader;
  readonly headers: OutgoingHttpHeaders;
}

/**
 * Pictures that lie elsewhere over HTTP, as createFileServer sends those of a folder: ETag, Last-Modified, 304, Range
 * and HEAD. Nothing is asked for that cannot be a picture's file. The conditions are weighed here, since stores
 * differ in how they understand them; a request that has any costs a second one to the store.
 */
export function createBucketServer({ reader, headers }: BucketServerOptions): FileServer {
  return async (request, response, path) => {
    if (refuseMethod(request, response)) {
      return;
    }
    const file = decodePath(path);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const asked = { file, request, response, headers, signal: left.signal };
    const found =
      PICTURE_FILE.test(file) &&
      (await (needsDescription(request) ? sendConditionally(reader, asked) : sendFile(reader, asked)));
    if (!found) {
      sendNotFound(response);
    }
  };
}

interface Asked {
  readonly file: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: OutgoingHttpHeaders;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}

/** Answers by what the file is, and with the file only if that is still needed. @returns whether there is one. */
async function sendConditionally(reader: PictureReader, asked: Asked): Promise<boolean> {
  const { file, request, response, headers, signal } = asked;
  const known = await reader.describe(file, signal);
  if (known === null) {
    return false;
  }
  const outcome = evaluatePreconditions(request, known);
  if (outcome.status === 412 || outcome.status === 416) {
    sendRejection(response, outcome.status, outcome.status === 416 ? `bytes */${known.size}` : undefined);
    return true;
  }
  if (outcome.status === 206) {
    return await sendFile(reader, asked, { ...outcome.range, of: known.size });
  }
  if (outcome.status === 200 && request.method === 'GET') {
    return await sendFile(reader, asked);
  }
  response.writeHead(outcome.status, {
    ...headersOf(file, known),
    ...(outcome.status === 200 && { 'Content-Length': known.size }),
    ...headers,
  });
  response.end();
  return true;
}

/** Sends a file, or a range of one `of` so many bytes. @returns whether there is one. */
async function sendFile(
  reader: PictureReader,
  { file, response, headers, signal }: Asked,
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
