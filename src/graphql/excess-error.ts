import { GraphQLError } from 'graphql';

/** Returns the error of a document that exceeds a limit. @param what the counted things, in a sentence. */
export function excessError(count: number, what: string, limit: number): GraphQLError {
  return new GraphQLError(
    `The document asks for too much: ${Math.round(count)} ${what}, where ${Math.floor(limit)} are allowed.`,
    {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    },
  );
}
