import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getIntrospectionQuery,
  getOperationAST,
  parse,
  type ValidatedExecutionArgs,
  validateExecutionArgs,
} from 'graphql';
import { excessError } from './excess-error.ts';
import { explainAbort, MAX_LISTED_ERRORS } from './explain-abort.ts';
import { type Measure, measureOperation } from './measure-operation.ts';
import { fragmentsOf } from './merge-fields.ts';
import { OperationMeasures } from './operation-measures.ts';
import { checkValues } from './variable-limits.ts';

/** Maximum levels of nested fields. The schema needs three. Introspection by GraphiQL and code generators needs 15. */
const MAX_DEPTH = 20;
/** Maximum number of selected fields. Each alias counts, and a fragment counts wherever it is spread. */
const MAX_FIELDS = 250;
/** Maximum units of work. A hundred users with every field cost about 3,000. */
const MAX_COST = 5_000;
/** Maximum bytes of the data in one response. A hundred users with every field take up to 3 MB, usually 0.2 MB. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** Maximum introspection fields, as a multiple of those in the query of GraphiQL and code generators. */
const MAX_INTROSPECTIONS = 2;

/** An operation that may run, or the errors that prevent it. */
export type PreparedOperation =
  | { readonly errors?: undefined; readonly args: ValidatedExecutionArgs; readonly measure: Measure }
  | { readonly errors: readonly GraphQLError[] };

/**
 * Prepares an operation of a valid document for its execution: coerces its variables, and checks the limits.
 * @param measures measures of earlier operations, which can have the same document.
 * @returns the errors if the operation must not run, because its values are invalid or it exceeds a limit.
 */
export function prepareOperation(
  args: ExecutionArgs,
  measures = new OperationMeasures(args.schema),
): PreparedOperation {
  const { schema, document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  const fault = operation && checkValues(operation, variableValues ?? {});
  if (fault != null) {
    return { errors: [fault] };
  }
  const validated = validateExecutionArgs({ ...args, options: { maxCoercionErrors: MAX_LISTED_ERRORS } });
  if (!('schema' in validated)) {
    return { errors: explainAbort(validated) };
  }
  try {
    const measure = measures.of(document, validated.operation).of(validated.variableValues);
    const excess = findExcess(schema, measure);
    return excess === undefined ? { args: validated, measure } : { errors: [excess] };
  } catch (error) {
    if (error instanceof GraphQLError) {
      return { errors: [error] };
    }
    throw error;
  }
}

/** Returns the error for the first limit that a measure exceeds. */
function findExcess(schema: GraphQLSchema, measure: Measure): GraphQLError | undefined {
  if (measure.depth > MAX_DEPTH) {
    return excessError(measure.depth, 'levels of nested fields', MAX_DEPTH);
  }
  if (measure.fields > MAX_FIELDS) {
    return excessError(measure.fields, 'fields in total', MAX_FIELDS);
  }
  if (measure.cost > MAX_COST) {
    return excessError(
      measure.cost,
      'units of cost (1 for each field, and again for each entry of a list; 500 for each mutation)',
      MAX_COST,
    );
  }
  // Computed only for the few operations that query the schema.
  if (measure.introspected > 0 && measure.introspected > maxIntrospected(schema)) {
    return excessError(measure.introspected, 'introspection fields', maxIntrospected(schema));
  }
  return measure.bytes > MAX_RESPONSE_BYTES
    ? excessError(measure.bytes, 'bytes of response data in the worst case', MAX_RESPONSE_BYTES)
    : undefined;
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
          measureOperation({ schema, operation, fragments: fragmentsOf(document) }).of(undefined)
            .introspected;
    introspectionLimits.set(schema, limit);
  }
  return limit;
}
