import {
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getIntrospectionQuery,
  getOperationAST,
  getVariableValues,
  Kind,
  parse,
} from 'graphql';
import { excessError } from './excess-error.ts';
import { type Measure, measureOperation } from './measure-operation.ts';
import { refuseValues } from './variable-limits.ts';

/** Errors of one response, and of each check before it. The first ones are enough to fix a document. */
export const MAX_ERRORS = 10;

/** Fields inside each other. The schema itself goes three deep, and the query of GraphiQL and code generators 15. */
const MAX_DEPTH = 20;
/** Fields that are selected: each alias counts, and a fragment wherever it is spread. */
const MAX_FIELDS = 250;
/** Units of work. A hundred users with every field cost about 2,000. */
const MAX_COST = 5_000;
/** Maximum bytes of the data in one response. A hundred users with every field take 1.2 MB at worst, and usually 0.2 MB. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** Introspection fields, as a multiple of those that GraphiQL and code generators query. */
const MAX_INTROSPECTIONS = 2;

/**
 * Returns the errors of a valid operation that must not run: its variables or arguments do not fit, or it exceeds a limit.
 * @returns undefined if it may run.
 */
export function refuseOperation({
  schema,
  document,
  operationName,
  variableValues,
  hideSuggestions,
}: ExecutionArgs): readonly GraphQLError[] | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    // Execution reports an unknown operation name with a better error.
    return undefined;
  }
  const fault = refuseValues(operation, variableValues ?? {});
  if (fault !== undefined) {
    return [fault];
  }
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: MAX_ERRORS,
    hideSuggestions: hideSuggestions ?? false,
  });
  if (variables.errors !== undefined) {
    return variables.errors;
  }
  try {
    const measure = measureOperation({
      schema,
      operation,
      fragments: fragmentsOf(document),
      variableValues: variables.variableValues,
    });
    const excess = findExcess(schema, measure);
    return excess && [excess];
  } catch (error) {
    if (error instanceof GraphQLError) {
      return [error];
    }
    throw error;
  }
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
}

function findExcess(schema: GraphQLSchema, measure: Measure): GraphQLError | undefined {
  const limits: readonly (readonly [count: number, what: string, limit: number])[] = [
    [measure.depth, 'fields inside each other', MAX_DEPTH],
    [measure.fields, 'fields in all', MAX_FIELDS],
    [measure.cost, 'as its cost (a field is 1, in a list once for each entry; a mutation is 500)', MAX_COST],
    [
      measure.introspected,
      'fields of the schema itself',
      // Computed only for the few operations that query the schema.
      measure.introspected === 0 ? 0 : maxIntrospected(schema),
    ],
    [measure.bytes, 'bytes of data at worst', MAX_RESPONSE_BYTES],
  ];
  const excess = limits.find(([count, , limit]) => count > limit);
  return excess && excessError(...excess);
}

const introspectionLimits = new WeakMap<GraphQLSchema, number>();

/** Returns the limit of introspection fields. Measures the query of GraphiQL and code generators once for each schema. */
function maxIntrospected(schema: GraphQLSchema): number {
  let limit = introspectionLimits.get(schema);
  if (limit === undefined) {
    const document = parse(
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    );
    const operation = getOperationAST(document);
    limit =
      operation == null
        ? 0
        : MAX_INTROSPECTIONS *
          measureOperation({
            schema,
            operation,
            fragments: fragmentsOf(document),
            variableValues: undefined,
          }).introspected;
    introspectionLimits.set(schema, limit);
  }
  return limit;
}
