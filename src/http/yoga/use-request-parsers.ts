import type { Plugin } from 'graphql-yoga';
import { BodyMemory } from '../../multipart/body-memory.ts';
import { type MultipartOptions, readMultipartRequest } from '../../multipart/read-multipart-request.ts';
import { mediaTypeOf } from '../check-headers.ts';
import { parseJsonRequest, parseQuery, readParams } from './parse-params.ts';
import { readJsonBody } from './read-json-body.ts';
import type { RequestContext } from './request-context.ts';

/** Replaces Yoga's parsers. Reads every body from the raw request, which has no other reader. */
export function useRequestParsers(multipart: MultipartOptions): Plugin<RequestContext, RequestContext> {
  const memory = new BodyMemory();
  return {
    onRequestParse({ url, serverContext, setRequestParser }) {
      const { req } = serverContext;
      if (req.method === 'GET') {
        setRequestParser(() => parseQuery(url.searchParams));
      } else if (mediaTypeOf(req.headers['content-type']) === 'multipart/form-data') {
        setRequestParser(async () => {
          const { operations, release } = readMultipartRequest(req, multipart, memory);
          serverContext.progress.releaseBody = release;
          return readParams(await operations);
        });
      } else {
        setRequestParser(async () =>
          parseJsonRequest(await readJsonBody(req, memory, multipart.idleTimeout)),
        );
      }
    },
    onParse({ context }) {
      context.progress.documentReached = true;
    },
  };
}
