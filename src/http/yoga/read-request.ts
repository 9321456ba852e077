import type { GraphQLParams } from 'graphql-yoga';
import { BodyMemory } from '../../multipart/body-memory.ts';
import { type MultipartOptions, readMultipartRequest } from '../../multipart/read-multipart-request.ts';
import { mediaTypeOf } from '../check-headers.ts';
import type { BoundedRequest } from '../connection/bounded-request.ts';
import { parseJsonRequest, parseQuery, readParams } from './parse-params.ts';
import { readJsonBody } from './read-json-body.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Reads the GraphQL request of a GET or POST request from its URL or its body, which has no other reader. Rejects with
 * the errors of `src/multipart/errors.ts`, or with PersistedQueryNotSupportedError.
 */
export type ReadRequest = (context: RequestContext) => Promise<GraphQLParams>;

/** Only the query of a request target counts. */
const ANY_ORIGIN = 'http://localhost';

/** Creates a reader whose bodies share one limit of memory. */
export function createRequestReader(multipart: MultipartOptions): ReadRequest {
  const memory = new BodyMemory();
  return async (context) => {
    const { req } = context;
    if (req.method === 'GET') {
      return parseQuery(new URL(req.url ?? '', ANY_ORIGIN).searchParams);
    }
    if (mediaTypeOf(req.headers['content-type']) === 'multipart/form-data') {
      const { operations, release } = readMultipartRequest(req, multipart, memory);
      context.releaseBody = release;
      return readParams(await operations);
    }
    // server.ts makes all requests BoundedRequests.
    return parseJsonRequest(await readJsonBody(req as BoundedRequest, memory, multipart.idleTimeout));
  };
}
