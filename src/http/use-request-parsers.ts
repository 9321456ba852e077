import { on } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { BadRequestError } from '../graphql/request-errors.ts';
import { BodyStalledError, ClientDisconnectedError } from '../multipart/errors.ts';
import { type MultipartOptions, readMultipartRequest } from '../multipart/read-multipart-request.ts';
import { jsonTooLarge, MAX_JSON_BYTES, mediaTypeOf } from './refuse-from-headers.ts';
import type { RequestContext } from './request-context.ts';

/** Reads every body from the raw request, in place of Yoga's own parsers, and is its only reader. */
export function useRequestParsers(multipart: MultipartOptions): Plugin<RequestContext, RequestContext> {
  return {
    onRequestParse({ url, serverContext, setRequestParser }) {
      const { req } = serverContext;
      if (req.method === 'GET') {
        setRequestParser(() => parseQuery(url.searchParams));
      } else if (mediaTypeOf(req.headers['content-type']) === 'multipart/form-data') {
        setRequestParser(async () => {
          const { operations, release } = readMultipartRequest(req, multipart);
          serverContext.progress.releaseBody = release;
          return (await operations) as GraphQLParams;
        });
      } else {
        setRequestParser(async () =>
          parseJson<GraphQLParams>('The body', await readJsonBody(req, multipart.idleTimeout)),
        );
      }
    },
    onParse({ context }) {
      context.progress.documentReached = true;
    },
  };
}

function parseQuery(parameters: URLSearchParams): GraphQLParams {
  const json = (name: string) => {
    const text = parameters.get(name);
    return text ? parseJson<Record<string, unknown>>(`The parameter "${name}"`, text) : undefined;
  };
  const query = parameters.get('query');
  const operationName = parameters.get('operationName');
  const variables = json('variables');
  const extensions = json('extensions');
  return {
    ...(query && { query }),
    ...(operationName && { operationName }),
    ...(variables && { variables }),
    ...(extensions && { extensions }),
  };
}

/** Throws BadRequestError. */
function parseJson<T>(what: string, text: string): T {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequestError(`${what} is not valid JSON.`);
  }
}

/** Rejects with BadRequestError, BodyStalledError, RequestTooLargeError or ClientDisconnectedError; the connection can still be answered. */
async function readJsonBody(request: IncomingMessage, idleTimeout: number): Promise<string> {
  if (request.destroyed) {
    // Its client left while something else was waited for, and no event will tell.
    throw new ClientDisconnectedError();
  }
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), idleTimeout);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    const events = on(request, 'data', { signal: stalled.signal, close: ['end', 'close'] });
    for await (const [chunk] of events as AsyncIterable<[Buffer]>) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > MAX_JSON_BYTES) {
        break;
      }
      chunks.push(chunk);
    }
  } catch {
    throw stalled.signal.aborted ? new BodyStalledError(idleTimeout) : new ClientDisconnectedError();
  } finally {
    clearTimeout(timer);
  }
  if (bytes > MAX_JSON_BYTES) {
    throw jsonTooLarge();
  }
  if (!request.complete) {
    throw new ClientDisconnectedError();
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new BadRequestError('The body is not text in UTF-8.');
  }
}
