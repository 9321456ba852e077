import type { GraphQLParams } from 'graphql-yoga';
import { parseJson } from '../../multipart/parse-json.ts';

/** Parses the GraphQL request in a query string. Throws MalformedRequestError or RequestTooLargeError. */
export function parseQuery(parameters: URLSearchParams): GraphQLParams {
  const json = (name: string) => {
    const text = parameters.get(name);
    return text ? (parseJson(`The parameter "${name}"`, text) as Record<string, unknown>) : undefined;
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

/**
 * Parses the GraphQL request in a JSON body, without validation. Throws MalformedRequestError or RequestTooLargeError.
 */
export function parseJsonRequest(body: string): GraphQLParams {
  return parseJson('The body', body) as GraphQLParams;
}
