import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidatedExecutionArgs,
} from 'graphql';
import { usesVariables } from './count-entries.ts';
import { type Fragments, mergeFields } from './merge-fields.ts';
import {
  type Arguments,
  type Complete,
  completeLeaf,
  completeList,
  completeObject,
  completeRequired,
  ignoreRejections,
  type PlanRun,
  UnplannedError,
} from './planned-values.ts';

type Data = Record<string, unknown>;

/**
 * Executes a query, and returns its data. Throws or rejects if the result has errors, or if a plan does not support it.
 * Then graphql-js can execute the query again, because queries change nothing.
 */
export type QueryPlan = (args: ValidatedExecutionArgs) => Data | Promise<Data>;

export interface PlannableQuery {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
}

type Resolve = (source: unknown, args: Arguments, context: unknown) => unknown;

interface PlannedField {
  /** Name in the response. */
  readonly name: string;
  readonly resolve: Resolve;
  /** The arguments, or their index in a run if they use variables. */
  readonly args: Arguments | number;
  readonly complete: Complete;
}

/** Maximum number of fields in a plan, because each takes memory. Large fragments of a user have 16. */
export const MAX_PLANNED_FIELDS = 64;

/** Parameters of a resolver without `info`, which plans do not have. */
const PLANNED_PARAMETERS = 3;

/**
 * Plans a valid query within the limits: merges its fields, and coerces their arguments once. It is for the ordinary
 * results of ordinary queries: object types, arrays, and promises only at the root.
 * Throws UnplannedError for a query with directives, schema introspection, abstract types or too many fields.
 * @see https://spec.graphql.org/draft/#sec-Executing-Selection-Sets
 */
export function planQuery({ schema, operation, fragments }: PlannableQuery): QueryPlan {
  const withVariables: { readonly field: GraphQLField<unknown, unknown>; readonly node: FieldNode }[] = [];
  let planned = 0;

  function planFields(sets: readonly SelectionSetNode[], parent: GraphQLObjectType): readonly PlannedField[] {
    // The measure of an operation has already bounded the number of visited selections.
    const merged = mergeFields(sets, fragments, (selection) => {
      rejectDirectives(selection);
      rejectOtherType(selection, parent);
    });
    return [...merged].map(([name, nodes]) => planField(name, nodes, parent));
  }

  /** Throws UnplannedError for a fragment on an abstract type, which can contain fragments on other types. */
  function rejectOtherType(selection: SelectionNode, parent: GraphQLObjectType): void {
    const condition =
      selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    if (
      condition?.kind !== Kind.FIELD &&
      (condition?.typeCondition?.name.value ?? parent.name) !== parent.name
    ) {
      throw new UnplannedError('The type of a fragment is not the type of its place.');
    }
  }

  function planField(
    name: string,
    nodes: readonly [FieldNode, ...FieldNode[]],
    parent: GraphQLObjectType,
  ): PlannedField {
    planned += 1;
    if (planned > MAX_PLANNED_FIELDS) {
      throw new UnplannedError('The query has too many fields.');
    }
    if (name === '__proto__') {
      throw new UnplannedError('An alias is not an ordinary property.');
    }
    const [node] = nodes;
    const field = schema.getField(parent, node.name.value);
    if (field === undefined) {
      throw new UnplannedError('The field does not exist.');
    }
    if (field.name === '__typename') {
      return { name, resolve: () => parent.name, args: {}, complete: (result) => result };
    }
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return {
      name,
      resolve: resolverOf(field),
      args: usesVariables(node) ? withVariables.push({ field, node }) - 1 : argumentsOf(field, node),
      complete: planValue(field.type, sets),
    };
  }

  function planValue(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Complete {
    if (isNonNullType(type)) {
      return completeRequired(planValue(type.ofType, sets));
    }
    if (isListType(type)) {
      return completeList(planValue(type.ofType, sets));
    }
    if (isLeafType(type)) {
      return completeLeaf(type);
    }
    if (!isObjectType(type) || type.isTypeOf != null) {
      throw new UnplannedError('The type of a value depends on the value.');
    }
    const fields = planFields(sets, type);
    return completeObject((source, run) => {
      const data: Data = {};
      for (const field of fields) {
        data[field.name] = field.complete(resolveField(field, source, run), run);
      }
      return data;
    });
  }

  const root = schema.getRootType(operation.operation);
  if (root == null || hasDirectives(operation)) {
    throw new UnplannedError('The operation is not an ordinary query.');
  }
  const fields = planFields([operation.selectionSet], root);
  return ({ rootValue, contextValue: context, variableValues }) => {
    const variableArguments = withVariables.map(({ field, node }) =>
      argumentsOf(field, node, variableValues),
    );
    const run: PlanRun = { context, variableArguments };
    const results = resolveAll(fields, rootValue, run);
    return results.some((result) => result instanceof Promise)
      ? completeLater(fields, results, run)
      : completeAll(fields, results, run);
  };
}

function rejectDirectives(selection: SelectionNode): void {
  if (hasDirectives(selection)) {
    throw new UnplannedError('Directives depend on variables.');
  }
}

function hasDirectives({ directives = [] }: OperationDefinitionNode | SelectionNode): boolean {
  return directives.length > 0;
}

/** Returns the resolver of a field. Throws UnplannedError if it needs `info`. */
function resolverOf({ name, resolve }: GraphQLField<unknown, unknown>): Resolve {
  if (resolve === undefined || resolve === defaultFieldResolver) {
    return (source) => propertyOf(source as Data, name);
  }
  if (resolve.length > PLANNED_PARAMETERS) {
    throw new UnplannedError('A resolver needs more than its source, arguments and context.');
  }
  return resolve as unknown as Resolve;
}

function propertyOf(source: Data, name: string): unknown {
  const result = source[name];
  if (typeof result === 'function') {
    throw new UnplannedError('A property is a method.');
  }
  return result;
}

function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variableValues?: ValidatedExecutionArgs['variableValues'],
): Arguments {
  // An object without a prototype is a hash table, which takes longer to read.
  return { ...getArgumentValues(field, node, variableValues) };
}

function resolveField({ resolve, args }: PlannedField, source: unknown, run: PlanRun): unknown {
  const values = typeof args === 'number' ? (run.variableArguments[args] ?? {}) : args;
  return resolve(source, values, run.context);
}

/** Resolves the fields of the root. All of them start before the first one ends. */
function resolveAll(fields: readonly PlannedField[], root: unknown, run: PlanRun): readonly unknown[] {
  const results: unknown[] = [];
  try {
    for (const field of fields) {
      results.push(resolveField(field, root, run));
    }
  } catch (error) {
    ignoreRejections(results);
    throw error;
  }
  return results;
}

async function completeLater(
  fields: readonly PlannedField[],
  results: readonly unknown[],
  run: PlanRun,
): Promise<Data> {
  try {
    return completeAll(fields, await Promise.all(results), run);
  } catch (error) {
    ignoreRejections(results);
    throw error;
  }
}

function completeAll(fields: readonly PlannedField[], results: readonly unknown[], run: PlanRun): Data {
  try {
    const data: Data = {};
    for (const [index, { name, complete }] of fields.entries()) {
      data[name] = complete(results[index], run);
    }
    return data;
  } catch (error) {
    ignoreRejections(results);
    throw error;
  }
}
