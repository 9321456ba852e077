import {
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isIntrospectionType,
  isListType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableValues,
} from 'graphql';
import { excessError } from './excess-error.ts';
import { limitsOf } from './field-limits.ts';
import { type Fragments, mergeFields } from './merge-fields.ts';

/** Maximum size and work of an operation. Ignores `@skip` and `@include`. */
export interface Measure {
  /** Selected fields, without those inside `__schema` and `__type`. */
  readonly fields: number;
  /** Levels of nested fields. */
  readonly depth: number;
  /** Units of work: a field costs 1, and in a list 1 for each entry. Introspection fields do not count. */
  readonly cost: number;
  /** Estimated number of introspection fields in the response. */
  readonly introspected: number;
  /** Bytes of the data in the response as JSON. */
  readonly bytes: number;
}

export interface MeasuredOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly variableValues: VariableValues | undefined;
}

const EMPTY_MEASURE: Measure = { fields: 0, depth: 0, cost: 0, introspected: 0, bytes: 0 };

/** Lists of `__Schema`, `__Type`, `__Field` and `__Directive`, except `types`. */
const INTROSPECTION_LISTS = new Set(
  'directives args fields interfaces possibleTypes enumValues inputFields locations'.split(' '),
);
/** Typical number of entries in one of these lists. */
const USUAL_ENTRIES = 4;
/** Share of types that wrap another type. Tools query nine nested `ofType` fields, and at most three are not null. */
const WRAPPED_SHARE = 0.5;
/** Bytes of a text of the schema: a name or a description. Descriptions have 60 bytes on average. */
const INTROSPECTION_TEXT_BYTES = 128;

/**
 * Maximum bytes of values whose type bounds them: -2147483648, -1.7976931348623157e+308, false, and a date in UTC with
 * quotes.
 */
export const SCALAR_BYTES: Readonly<Record<string, number>> = {
  Int: 11,
  Float: 24,
  Boolean: 5,
  DateTime: 26,
};

/**
 * Defaults for fields without limits, which only the schemas of tests have. A test ensures that Portrait's own schema
 * declares all limits.
 */
const DEFAULT_BYTES = 1_024;
const DEFAULT_ENTRIES = 100;

/** Bytes around the name of a field: its quotes, colon and comma. */
const FIELD_BYTES = 4;
/** Bytes around an entry: its braces and comma. */
const ENTRY_BYTES = 3;

/**
 * Maximum number of visited selections. A fragment counts in each place of the response, so nested fragments can
 * have 2^100 selections. Ordinary operations stay far below this number.
 */
const MAX_VISITED = 5_000;

/**
 * Measures an operation of a valid document before it runs. Fields that merge in the response count once, because
 * components of a page often query the same fields.
 * Throws GraphQLError if an argument has the wrong type or is invalid for every entry of a list, or if the operation
 * has too many selections to measure.
 */
export function measureOperation({
  schema,
  operation,
  fragments,
  variableValues,
}: MeasuredOperation): Measure {
  let visited = 0;

  /** Measures the selection sets of one place in the response together. */
  function ofSelections(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType): Measure {
    const merged = mergeFields(sets, fragments, countVisit);
    return [...merged.values()].map((nodes) => ofField(nodes, parent)).reduce(sum, EMPTY_MEASURE);
  }

  function countVisit(): void {
    visited += 1;
    if (visited > MAX_VISITED) {
      throw excessError(visited, 'fields in total', MAX_VISITED);
    }
  }

  /** @param nodes that merge: validation guarantees that they are the same field with the same arguments. */
  function ofField(nodes: readonly [FieldNode, ...FieldNode[]], parent: GraphQLCompositeType): Measure {
    const [node] = nodes;
    const field = schema.getField(parent, node.name.value);
    if (field === undefined) {
      return EMPTY_MEASURE;
    }
    const type = getNamedType(field.type);
    const isIntrospection = isIntrospectionType(parent) || isIntrospectionType(type);
    const entries = isIntrospection ? introspectedEntries(field.name) : entriesOf(node, field);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const inside = isCompositeType(type) ? ofSelections(sets, type) : EMPTY_MEASURE;
    const valueBytes = isCompositeType(type) ? inside.bytes + ENTRY_BYTES : leafBytes(field, type, parent);
    const bytes = (node.alias ?? node.name).value.length + FIELD_BYTES + ENTRY_BYTES + entries * valueBytes;
    const depth = 1 + inside.depth;
    return isIntrospection
      ? { fields: 1, depth, cost: inside.cost, introspected: entries * (1 + inside.introspected), bytes }
      : {
          fields: 1 + inside.fields,
          depth,
          cost: (limitsOf(field).cost ?? 1) + entries * inside.cost,
          introspected: entries * inside.introspected,
          bytes,
        };
  }

  function introspectedEntries(field: string): number {
    if (field === 'types') {
      return Object.keys(schema.getTypeMap()).length;
    }
    if (field === 'ofType') {
      return WRAPPED_SHARE;
    }
    return INTROSPECTION_LISTS.has(field) ? USUAL_ENTRIES : 1;
  }

  /**
   * Returns the maximum number of entries of a field's list. Checks the arguments once, because an error in each entry
   * would cost much more.
   */
  function entriesOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
    const args = getArgumentValues(field, node, variableValues);
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

  const root = schema.getRootType(operation.operation);
  return root == null ? EMPTY_MEASURE : ofSelections([operation.selectionSet], root);
}

/** Returns the maximum bytes of one value of a field without a selection set. */
function leafBytes(
  field: GraphQLField<unknown, unknown>,
  type: GraphQLLeafType,
  parent: GraphQLCompositeType,
): number {
  if (field.name === '__typename') {
    return 2 + parent.name.length;
  }
  if (isIntrospectionType(parent)) {
    return INTROSPECTION_TEXT_BYTES;
  }
  return isEnumType(type)
    ? 2 + Math.max(...type.getValues().map(({ name }) => name.length))
    : (limitsOf(field).bytes ?? SCALAR_BYTES[type.name] ?? DEFAULT_BYTES);
}

function sum(first: Measure, second: Measure): Measure {
  return {
    fields: first.fields + second.fields,
    depth: Math.max(first.depth, second.depth),
    cost: first.cost + second.cost,
    introspected: first.introspected + second.introspected,
    bytes: first.bytes + second.bytes,
  };
}
