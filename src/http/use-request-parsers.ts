import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { BadRequestError } from '../graphql/request-errors.ts';
import { BodyMemory } from '../multipart/body-memory.ts';
import { parseJson as parseWithinLimits } from '../multipart/parse-json.ts';
import { type MultipartOptions, readMultipartRequest } from '../multipart/read-multipart-request.ts';
import { readJsonBody } from './read-json-body.ts';
import { mediaTypeOf } from './refuse-from-headers.ts';
import type { RequestContext } from './request-context.ts';

/** Reads every body from the raw request, in place of Yoga's own parsers, and is its only reader. */
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
          return (await operations) as GraphQLParams;
        });
      } else {
        setRequestParser(async () =>
          parseJson<GraphQLParams>('The body', await readJsonBody(req, memory, multipart.idleTimeout)),
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

/** Throws BadRequestError or RequestTooLargeError. */
function parseJson<T>(what: string, text: string): T {
  try {
    return parseWithinLimits(text) as T;
  } catch (error) {
    throw error instanceof SyntaxError ? new BadRequestError(`${what} is not valid JSON.`) : error;
  }
}
