import type { GraphQLParams } from 'graphql-yoga';
import { PersistedQueryNotSupportedError } from '../../graphql/request-errors.ts';
import { MalformedRequestError } from '../../multipart/errors.ts';
import { parseJson } from '../../multipart/parse-json.ts';

/**
 * Parses the GraphQL request in a query string.
 * Throws MalformedRequestError, RequestTooLargeError or PersistedQueryNotSupportedError.
 */
export function parseQuery(parameters: URLSearchParams): GraphQLParams {
  const json = (name: string) => {
    const text = parameters.get(name);
    return text ? (parseJson(`The parameter "${name}"`, text) as Record<string, unknown>) : undefined;
  };
  const query = parameters.get('query');
  const operationName = parameters.get('operationName');
  const variables = json('variables');
  const extensions = json('extensions');
  return readParams({
    ...(query && { query }),
    ...(operationName && { operationName }),
    ...(variables && { variables }),
    ...(extensions && { extensions }),
  });
}

/**
 * Parses the GraphQL request in a JSON body.
 * Throws MalformedRequestError, RequestTooLargeError or PersistedQueryNotSupportedError.
 */
export function parseJsonRequest(body: string): GraphQLParams {
  return readParams(parseJson('The body', body));
}

/**
 * Returns the parameters of a GraphQL request without any other keys, because servers must ignore those. `checkParams`
 * checks their types later. Returns a value that is not an object, such as a batch, unchanged.
 * Throws PersistedQueryNotSupportedError for the hash of a document without the document, and MalformedRequestError if
 * both are missing.
 * https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 */
export function readParams(request: unknown): GraphQLParams {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return request as GraphQLParams;
  }
  const { query, operationName, variables, extensions } = request as Required<GraphQLParams>;
  if (!query && extensions?.['persistedQuery'] != null) {
    throw new PersistedQueryNotSupportedError();
  }
  if (query == null) {
    throw new MalformedRequestError(
      'The request has no "query". This server stores no documents, so send the document with each request.',
    );
  }
  return { query, operationName, variables, extensions };
}
