import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type ExecutionArgs, GraphQLError, getOperationAST, Kind, parse } from 'graphql';

/** Names, punctuation marks and values of a document. GraphiQL's introspection has about 200. */
const MAX_TOKENS = 2000;
/** Fields inside each other. The schema itself goes three deep. */
const MAX_DEPTH = 10;
/** Fields that are selected: each alias counts, and a fragment wherever it is spread. */
const MAX_FIELDS = 250;
/** Fields that will be answered. A hundred users with all that can be asked of each are about 2,000. */
const MAX_COST = 5000;

/** As much as the fields that an operation could answer instead. */
export const MUTATION_COST = 500;

/** Parses a document that is not too long. Throws GraphQLError. */
export const parseWithinLimits: typeof parse = (source, options) =>
  parse(source, { ...options, maxTokens: MAX_TOKENS });

/** Why a valid operation is not run: it asks for too much. */
export function refuseCostly(args: ExecutionArgs): GraphQLError | undefined {
  const measured = measure(args);
  if (measured === undefined) {
    return undefined;
  }
  const { depth, breadth, complexity } = measured;
  const excess = [
    { what: 'fields inside each other', is: depth, limit: MAX_DEPTH },
    { what: 'fields in all', is: breadth, limit: MAX_FIELDS },
    {
      what: 'as its cost (a field is 1, in a list once for each entry; a mutation is 500)',
      is: complexity,
      limit: MAX_COST,
    },
  ].find(({ is, limit }) => is > limit);
  return (
    excess &&
    new GraphQLError(
      `The document asks for too much: ${excess.is} ${excess.what}, where ${excess.limit} are allowed.`,
      {
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    )
  );
}

/** Undefined for what cannot be run anyway, which execution tells better. */
function measure({ schema, document, operationName, variableValues, contextValue }: ExecutionArgs) {
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    return undefined;
  }
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  try {
    return complexityFromQuery(
      { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
      { schema, variables: variableValues ?? {}, ctx: contextValue as object },
    );
  } catch (error) {
    if (error instanceof GraphQLError) {
      return undefined;
    }
    throw error;
  }
}
