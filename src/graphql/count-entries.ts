import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  isListType,
  Kind,
  type ValueNode,
  type VariableValues,
} from 'graphql';
import { limitsOf } from './field-limits.ts';

/** A value that is the same for all variables, or a function that computes it. */
export type ForVariables<Value> = Value | ((variables: VariableValues | undefined) => Value);

/** Lists of `__Schema`, `__Type`, `__Field` and `__Directive`, except `types`. */
const INTROSPECTION_LISTS = new Set(
  'directives args fields interfaces possibleTypes enumValues inputFields locations'.split(' '),
);
/** Typical number of entries in one of these lists. */
const USUAL_ENTRIES = 4;
/** Share of types that wrap another type. Tools query nine nested `ofType` fields, and at most three are not null. */
const WRAPPED_SHARE = 0.5;

/** Entries of a list without a limit, which only the schemas of tests have. */
const DEFAULT_ENTRIES = 100;

/**
 * Returns the maximum number of entries of a field's list, or 1 for other fields. Checks the arguments once, because an
 * error in each entry would cost much more.
 * Throws GraphQLError, and so does the returned function, if an argument has the wrong type or is invalid for every
 * entry.
 * @returns a function if the arguments use variables.
 */
export function countEntries(node: FieldNode, field: GraphQLField<unknown, unknown>): ForVariables<number> {
  return usesVariables(node)
    ? (variables) => entriesFor(node, field, variables)
    : entriesFor(node, field, undefined);
}

function entriesFor(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: VariableValues | undefined,
): number {
  const args = getArgumentValues(field, node, variables);
  const { check, entries } = limitsOf(field);
  try {
    check?.(args);
  } catch (error) {
    throw new GraphQLError((error as Error).message, { nodes: node, originalError: error as Error });
  }
  if (!isListType(getNullableType(field.type))) {
    return 1;
  }
  return typeof entries === 'function' ? entries(args) : (entries ?? DEFAULT_ENTRIES);
}

/** Returns whether the arguments of a field use variables. */
export function usesVariables({ arguments: nodes = [] }: FieldNode): boolean {
  return nodes.some(({ value }) => hasVariable(value));
}

/** Returns whether a value uses a variable. parse-document.ts bounds the size and the nesting of values. */
function hasVariable(value: ValueNode): boolean {
  switch (value.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return value.values.some(hasVariable);
    case Kind.OBJECT:
      return value.fields.some((field) => hasVariable(field.value));
    default:
      return false;
  }
}

/** Returns the usual number of entries of an introspection field. */
export function countIntrospected(schema: GraphQLSchema, field: string): number {
  if (field === 'types') {
    return Object.keys(schema.getTypeMap()).length;
  }
  if (field === 'ofType') {
    return WRAPPED_SHARE;
  }
  return INTROSPECTION_LISTS.has(field) ? USUAL_ENTRIES : 1;
}
