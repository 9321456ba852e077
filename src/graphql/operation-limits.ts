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
import { explainAbort, MAX_LISTED_ERRORS } from './explain-abort.ts';
import { type Measure, measureOperation } from './measure-operation.ts';
import { checkValues } from './variable-limits.ts';

/** Maximum levels of nested fields. The schema needs three. Introspection by GraphiQL and code generators needs 15. */
const MAX_DEPTH = 20;
/** Maximum number of selected fields. Each alias counts, and a fragment counts wherever it is spread. */
const MAX_FIELDS = 250;
/** Maximum units of work. A hundred users with every field cost about 2,000. */
const MAX_COST = 5_000;
/** Maximum bytes of the data in one response. A hundred users with every field take up to 1.5 MB, usually 0.2 MB. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** Maximum introspection fields, as a multiple of those in the query of GraphiQL and code generators. */
const MAX_INTROSPECTIONS = 2;

/**
 * Returns the errors of a valid operation that must not run, because its values are invalid or it exceeds a limit.
 * @returns undefined if it may run.
 */
export function checkOperation({
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
  const fault = checkValues(operation, variableValues ?? {});
  if (fault !== undefined) {
    return [fault];
  }
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: MAX_LISTED_ERRORS,
    hideSuggestions: hideSuggestions ?? false,
  });
  if (variables.errors !== undefined) {
    return explainAbort(variables.errors);
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
    [measure.depth, 'levels of nested fields', MAX_DEPTH],
    [measure.fields, 'fields in total', MAX_FIELDS],
    [
      measure.cost,
      'units of cost (1 for each field, and again for each entry of a list; 500 for each mutation)',
      MAX_COST,
    ],
    [
      measure.introspected,
      'introspection fields',
      // Computed only for the few operations that query the schema.
      measure.introspected === 0 ? 0 : maxIntrospected(schema),
    ],
    [measure.bytes, 'bytes of response data in the worst case', MAX_RESPONSE_BYTES],
  ];
  const excess = limits.find(([count, , limit]) => count > limit);
  return excess && excessError(...excess);
}

const introspectionLimits = new WeakMap<GraphQLSchema, number>();

/**
 * Returns the maximum number of introspection fields. Measures the query of GraphiQL and code generators once for each
 * schema.
 */
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
