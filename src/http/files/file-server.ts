import { realpath } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { rejectMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import { findRange } from './preconditions.ts';

export interface FileServerOptions {
  /** Folder of the files. The server never sends files outside of it, even if links inside it lead there. */
  readonly root: string;
  /** Returns whether the server can send a file. @param file path relative to the root, with slashes. */
  readonly isServed: (file: string) => boolean;
  readonly headers: OutgoingHttpHeaders;
}

/** Sends the file at a path below the root. @param path part of the URL, still encoded. */
export type FileServer = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>;

class NotServedError extends Error {}

/**
 * Creates a server for the files in a folder. It uses @fastify/send for ETag, Last-Modified, 304, Range and HEAD. It
 * responds with 404 to paths and links that lead outside, to folders, to names with a leading dot, and to files that
 * `isServed` excludes.
 */
export function createFileServer({ root, isServed, headers }: FileServerOptions): FileServer {
  return async (request, response, path) => {
    if (rejectMethod(request, response)) {
      return;
    }
    // Loaded for the first file, because it takes 1 MiB and consists of 25 files.
    const { send } = await import('@fastify/send');
    const result = await send(request, path, {
      root,
      index: false,
      cacheControl: false,
      onFile: async (file, { size, mtime }) => {
        // Here the path is decoded and contains no `..`.
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
      // The client has disconnected. A pipeline would miss the past `close` event, wait forever and leak the open file.
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
 * Replaces the Range of a request by one that @fastify/send handles as RFC 9110 requires. Otherwise @fastify/send would
 * accept numbers such as `1e2`, reject suffixes longer than the file, and match weak entity tags, the only kind
 * that it creates.
 */
function simplifyRange(
  request: IncomingMessage,
  file: { readonly size: number; readonly modifiedAt: Date },
): void {
  const range = findRange(request, file);
  delete request.headers.range;
  delete request.headers['if-range'];
  if (range === 'unsatisfiable') {
    request.headers.range = `bytes=${file.size}-`;
  } else if (range !== 'ignored') {
    request.headers.range = `bytes=${range.start}-${range.end}`;
  }
}

/** Throws NotServedError if links lead outside the root. */
async function checkInside(file: string, root: string): Promise<void> {
  const [realFile, realRoot] = await Promise.all([realpath(file), realpath(root)]);
  if (!realFile.startsWith(realRoot + sep)) {
    throw new NotServedError();
  }
}
