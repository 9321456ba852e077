import { GraphQLError } from 'graphql';

/** Returns the error of a document that exceeds a limit. @param what plural noun for the counted things. */
export function excessError(count: number, what: string, limit: number): GraphQLError {
  return new GraphQLError(
    `The document has ${Math.round(count)} ${what}. The limit is ${Math.floor(limit)}.`,
    {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    },
  );
}
