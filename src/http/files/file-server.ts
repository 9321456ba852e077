import { realpath } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { send } from '@fastify/send';
import { refuseMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import { findRange } from './preconditions.ts';

export interface FileServerOptions {
  /** The folder; nothing outside of it is ever sent, also not by a link inside it. */
  readonly root: string;
  /** Whether what lies at a path below the root, with slashes, may be sent. */
  readonly isServed: (file: string) => boolean;
  readonly headers: OutgoingHttpHeaders;
}

/** Sends the file at a path below the root; the path is as it stands in the URL, still encoded. */
export type FileServer = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>;

class NotServedError extends Error {}

/**
 * A folder over HTTP, by @fastify/send: ETag, Last-Modified, 304, Range and HEAD. Whatever is not a plain file
 * inside the folder that may be sent is 404: folders, names with a leading dot, ways out, links that lead out.
 */
export function createFileServer({ root, isServed, headers }: FileServerOptions): FileServer {
  return async (request, response, path) => {
    if (refuseMethod(request, response)) {
      return;
    }
    const result = await send(request, path, {
      root,
      index: false,
      cacheControl: false,
      onFile: async (file, { size, mtime }) => {
        // Here the path is decoded, and no part of it is `..` any more.
        if (!isServed(relative(root, file).replaceAll(sep, '/'))) {
          throw new NotServedError();
        }
        await checkInside(file, root);
        simplifyRange(request, { size, modifiedAt: mtime });
      },
    }).catch((error: unknown) => {
      if (error instanceof NotServedError) {
        return undefined;
      }
      throw error;
    });
    if (response.destroyed) {
      // The client has left meanwhile: a pipeline would wait for an end that has already been, with the file open.
      result?.stream.destroy();
      return;
    }
    if (result?.type === 'file') {
      response.writeHead(result.statusCode, { ...result.headers, ...headers });
      await pipeline(result.stream, response);
      return;
    }
    result?.stream.destroy();
    if (result?.type === 'error' && (result.statusCode === 412 || result.statusCode === 416)) {
      sendRejection(response, result.statusCode, result.headers['Content-Range']);
    } else {
      sendNotFound(response);
    }
  };
}

/**
 * Replaces the Range of a request by one that @fastify/send understands as RFC 9110 demands. By itself it reads numbers
 * from `1e2`, refuses suffixes that are longer than the file, and matches weak entity tags, which all of its own are.
 */
function simplifyRange(
  request: IncomingMessage,
  file: { readonly size: number; readonly modifiedAt: Date },
): void {
  const range = findRange(request, file);
  delete request.headers.range;
  delete request.headers['if-range'];
  if (range === 'beyond') {
    request.headers.range = `bytes=${file.size}-`;
  } else if (range !== 'ignored') {
    request.headers.range = `bytes=${range.start}-${range.end}`;
  }
}

/** Throws NotServedError if links lead out of the root. */
async function checkInside(file: string, root: string): Promise<void> {
  const [realFile, realRoot] = await Promise.all([realpath(file), realpath(root)]);
  if (!realFile.startsWith(realRoot + sep)) {
    throw new NotServedError();
  }
}
