import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  Lexer,
  parse,
  Source,
  TokenKind,
} from 'graphql';
import { RequestTooLargeError } from '../multipart/errors.ts';
import { type Weight, weighIntrospection, weighToolsQuery } from './introspection-weight.ts';

/** Names, punctuation marks and values of a document. GraphiQL's introspection has about 200. */
const MAX_TOKENS = 2000;
/** Fields inside each other. The schema itself goes three deep, and the query of GraphiQL and code generators 15. */
const MAX_DEPTH = 20;
/** Fields that are selected: each alias counts, and a fragment wherever it is spread. */
const MAX_FIELDS = 250;
/** Fields that will be answered. A hundred users with all that can be asked of each are about 2,000. */
const MAX_COST = 5000;
/** How often that query of the tools could be answered instead of what is asked of the schema about itself. */
const MAX_INTROSPECTIONS = 2;

/** As much as the fields that an operation could answer instead. */
export const MUTATION_COST = 500;

/** Parses a document. Throws GraphQLError, or RequestTooLargeError before more of it is read than may be. */
export const parseWithinLimits: typeof parse = (source, options) => {
  // Counted here: graphql-js has a limit too, but tells a document that is too long from a broken one only by its sentence.
  const lexer = new Lexer(typeof source === 'string' ? new Source(source) : source);
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens += 1) {
    if (tokens === MAX_TOKENS) {
      throw new RequestTooLargeError(
        `The document has more than ${MAX_TOKENS} names, punctuation marks and values.`,
        MAX_TOKENS,
      );
    }
  }
  return parse(source, options);
};

/**
 * Why a valid operation is not run: it asks for too much, or how much cannot be told, since its arguments do not fit.
 */
export function refuseCostly({
  schema,
  document,
  operationName,
  variableValues,
  contextValue,
}: ExecutionArgs): GraphQLError | undefined {
  const operation = getOperationAST(document, operationName);
  // What cannot be run at all, execution tells better.
  if (operation == null) {
    return undefined;
  }
  const variables = variableValues ?? {};
  if (getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors !== undefined) {
    return undefined;
  }
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const measured: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
  try {
    const fields = complexityFromQuery(measured, {
      schema,
      variables,
      ctx: contextValue as object,
    });
    return findExcess(schema, fields, weighIntrospection(schema, measured));
  } catch (error) {
    // An argument that does not fit, by a null in a variable: nobody knows what else of the document would run.
    if (error instanceof GraphQLError) {
      return error;
    }
    throw error;
  }
}

function findExcess(
  schema: GraphQLSchema,
  fields: ReturnType<typeof complexityFromQuery>,
  introspection: Weight,
): GraphQLError | undefined {
  const excess = [
    {
      what: 'fields inside each other',
      is: Math.max(fields.depth, introspection.depth),
      limit: MAX_DEPTH,
    },
    { what: 'fields in all', is: fields.breadth, limit: MAX_FIELDS },
    {
      what: 'as its cost (a field is 1, in a list once for each entry; a mutation is 500)',
      is: fields.complexity,
      limit: MAX_COST,
    },
    {
      what: 'fields of the schema itself',
      is: introspection.answered,
      limit: introspection.answered === 0 ? 0 : maxIntrospection(schema),
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

const toolsWeights = new WeakMap<GraphQLSchema, number>();

/** Counted when somebody first asks, and once for a schema. */
function maxIntrospection(schema: GraphQLSchema): number {
  const weight = toolsWeights.get(schema) ?? weighToolsQuery(schema);
  toolsWeights.set(schema, weight);
  return MAX_INTROSPECTIONS * weight;
}
