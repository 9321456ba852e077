import type { GraphQLParams } from 'graphql-yoga';
import { MalformedRequestError } from '../../multipart/errors.ts';

/** Parameters of the right types. `operationName` is not checked: a value that is not a string matches no operation. */
export interface CheckedParams {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown> | null;
}

/**
 * Throws MalformedRequestError if the parameters of a request have the wrong types:
 * https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 */
export function checkParams(params: unknown): asserts params is CheckedParams {
  if (Array.isArray(params)) {
    throw new MalformedRequestError('Batching is not supported. Send a separate request for each operation.');
  }
  if (!isObject(params)) {
    throw new MalformedRequestError('The request is not a JSON object. Send an object with a "query".');
  }
  const { query, variables, extensions } = params as GraphQLParams;
  if (typeof query !== 'string') {
    throw new MalformedRequestError('The "query" is not a string. Send the document as a string.');
  }
  for (const [name, value] of [
    ['variables', variables],
    ['extensions', extensions],
  ] as const) {
    if (value != null && !isObject(value)) {
      throw new MalformedRequestError(`The "${name}" are not an object. Send a JSON object, or nothing.`);
    }
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
