import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isIntrospectionType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableValues,
} from 'graphql';
import { countEntries, countIntrospected, type ForVariables } from './count-entries.ts';
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
}

/** The measure of an operation, except for what depends on its variables. */
export interface OperationMeasure {
  /** Number of fields whose arguments use variables. If it is 0, all variables have the same measure. */
  readonly variableFields: number;
  /**
   * Returns the measure for variables.
   * Throws GraphQLError if an argument has the wrong type or is invalid for every entry of a list.
   */
  readonly of: (variables: VariableValues | undefined) => Measure;
}

type Measured = ForVariables<Measure>;

const EMPTY_MEASURE: Measure = { fields: 0, depth: 0, cost: 0, introspected: 0, bytes: 0 };

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
 * Default for fields without limits, which only the schemas of tests have. A test ensures that Portrait's own schema
 * declares all limits.
 */
const DEFAULT_BYTES = 1_024;

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
 * Measures an operation of a valid document before it runs, once for all variables. Fields that merge in the response
 * count once, because components of a page often query the same fields.
 * Throws GraphQLError if an argument without variables has the wrong type or is invalid for every entry of a list, or
 * if the operation has too many selections to measure.
 */
export function measureOperation({ schema, operation, fragments }: MeasuredOperation): OperationMeasure {
  let visited = 0;
  let variableFields = 0;

  /** Measures the selection sets of one place in the response together. */
  function ofSelections(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType): Measured {
    const merged = mergeFields(sets, fragments, countVisit);
    const fields = [...merged.values()].map((nodes) => ofField(nodes, parent));
    const fixed = fields.filter((field) => typeof field === 'object').reduce(sum, EMPTY_MEASURE);
    const variable = fields.filter((field) => typeof field === 'function');
    return variable.length === 0
      ? fixed
      : (variables) => variable.reduce((total, measure) => sum(total, measure(variables)), fixed);
  }

  function countVisit(): void {
    visited += 1;
    if (visited > MAX_VISITED) {
      throw excessError(visited, 'fields in total', MAX_VISITED);
    }
  }

  /** @param nodes that merge: validation guarantees that they are the same field with the same arguments. */
  function ofField(nodes: readonly [FieldNode, ...FieldNode[]], parent: GraphQLCompositeType): Measured {
    const [node] = nodes;
    const field = schema.getField(parent, node.name.value);
    if (field === undefined) {
      return EMPTY_MEASURE;
    }
    const type = getNamedType(field.type);
    const isIntrospection = isIntrospectionType(parent) || isIntrospectionType(type);
    const entries = isIntrospection ? countIntrospected(schema, field.name) : countEntries(node, field);
    variableFields += typeof entries === 'function' ? 1 : 0;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const inside = isCompositeType(type) ? ofSelections(sets, type) : EMPTY_MEASURE;
    const place: FieldPlace = {
      nameBytes: (node.alias ?? node.name).value.length + FIELD_BYTES + ENTRY_BYTES,
      leafBytes: isCompositeType(type) ? undefined : leafBytes(field, type, parent),
      cost: isIntrospection ? undefined : (limitsOf(field).cost ?? 1),
    };
    return combined(place, entries, inside);
  }

  const root = schema.getRootType(operation.operation);
  const measured = root == null ? EMPTY_MEASURE : ofSelections([operation.selectionSet], root);
  return { variableFields, of: typeof measured === 'object' ? () => measured : measured };
}

/** The contribution of a field to the measure of its selections. */
interface FieldPlace {
  /** Bytes of its name and of the characters around it. */
  readonly nameBytes: number;
  /** Maximum bytes of one value, or undefined if the field has selections. */
  readonly leafBytes: number | undefined;
  /** Units of work, or undefined for an introspection field. */
  readonly cost: number | undefined;
}

/** Returns the measure of a field, as a function if its entries or its selections depend on variables. */
function combined(place: FieldPlace, entries: ForVariables<number>, inside: Measured): Measured {
  if (typeof entries === 'number' && typeof inside === 'object') {
    return combine(place, entries, inside);
  }
  return (variables) =>
    combine(
      place,
      typeof entries === 'number' ? entries : entries(variables),
      typeof inside === 'object' ? inside : inside(variables),
    );
}

/** @param entries maximum number of entries of the field's list. @param inside measure of one entry. */
function combine(place: FieldPlace, entries: number, inside: Measure): Measure {
  const bytes = place.nameBytes + entries * (place.leafBytes ?? inside.bytes + ENTRY_BYTES);
  const depth = 1 + inside.depth;
  return place.cost === undefined
    ? { fields: 1, depth, cost: inside.cost, introspected: entries * (1 + inside.introspected), bytes }
    : {
        fields: 1 + inside.fields,
        depth,
        cost: place.cost + entries * inside.cost,
        introspected: entries * inside.introspected,
        bytes,
      };
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
