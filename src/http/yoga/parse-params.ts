import type { GraphQLParams } from 'graphql-yoga';
import { BadRequestError } from '../../graphql/request-errors.ts';
import { parseJson as parseWithinLimits } from '../../multipart/parse-json.ts';

/** Returns the GraphQL request of a query string. Throws BadRequestError or RequestTooLargeError. */
export function parseQuery(parameters: URLSearchParams): GraphQLParams {
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

/** Returns the GraphQL request of a JSON body, unchecked. Throws BadRequestError or RequestTooLargeError. */
export function parseJsonRequest(body: string): GraphQLParams {
  return parseJson<GraphQLParams>('The body', body);
}

function parseJson<T>(what: string, text: string): T {
  try {
    return parseWithinLimits(text) as T;
  } catch (error) {
    throw error instanceof SyntaxError ? new BadRequestError(`${what} is not valid JSON.`) : error;
  }
}
