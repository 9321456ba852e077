import {
  type FieldNode,
  type FragmentDefinitionNode,
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
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type VariableValues,
} from 'graphql';
import { limitsOf } from './field-limits.ts';

/** The most that an operation can ask for. A fragment counts wherever it is spread, and `@skip` and `@include` are ignored. */
export interface Measure {
  /** Selected fields, without those inside `__schema` and `__type`. */
  readonly fields: number;
  /** Fields inside each other. */
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
  /** Fragments of the document, by name. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variableValues: VariableValues | undefined;
}

const NOTHING: Measure = { fields: 0, depth: 0, cost: 0, introspected: 0, bytes: 0 };

/** Lists of `__Schema`, `__Type`, `__Field` and `__Directive`, beside `types`. */
const INTROSPECTION_LISTS = new Set(
  'directives args fields interfaces possibleTypes enumValues inputFields locations'.split(' '),
);
/** Usual number of entries in such a list of a type, a field or a directive. */
const USUAL_ENTRIES = 4;
/** Share of types that wrap another one. Tools nest nine `ofType`, of which at most three are not null. */
const WRAPPED_SHARE = 0.5;
/** Bytes of a text of the schema: a name, or a description of a sentence or two. */
const INTROSPECTION_TEXT_BYTES = 128;

/** Maximum bytes of values whose type bounds them: -2147483648, -1.7976931348623157e+308, false, a date in UTC with quotes. */
export const SCALAR_BYTES: Readonly<Record<string, number>> = {
  Int: 11,
  Float: 24,
  Boolean: 5,
  DateTime: 26,
};

/** Defaults for fields without limits, as in the schemas of tests. A test ensures that Portrait's own schema declares them. */
const DEFAULT_BYTES = 1_024;
const DEFAULT_ENTRIES = 100;

/** Bytes around the name of a field: its quotes, colon and comma. */
const FIELD_BYTES = 4;
/** Bytes around an entry: its braces and comma. */
const ENTRY_BYTES = 3;

/**
 * Measures an operation of a valid document before it runs. Takes time in proportion to the document, because it measures
 * each selection set once: there can be 2^100 ways through fragments.
 * Throws GraphQLError for arguments that do not fit their types, or that are invalid for every entry of a list.
 */
export function measureOperation({
  schema,
  operation,
  fragments,
  variableValues,
}: MeasuredOperation): Measure {
  const known = new Map<SelectionSetNode, Measure>();

  function ofSelections(set: SelectionSetNode | undefined, parent: GraphQLCompositeType): Measure {
    if (set === undefined) {
      return NOTHING;
    }
    let measure = known.get(set);
    if (measure === undefined) {
      measure = set.selections.map((selection) => ofSelection(selection, parent)).reduce(sum, NOTHING);
      known.set(set, measure);
    }
    return measure;
  }

  function ofSelection(selection: SelectionNode, parent: GraphQLCompositeType): Measure {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(selection.name.value);
      return ofSelections(fragment?.selectionSet, typeNamed(fragment?.typeCondition.name.value, parent));
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return ofSelections(selection.selectionSet, typeNamed(selection.typeCondition?.name.value, parent));
    }
    const field = schema.getField(parent, selection.name.value);
    return field === undefined ? NOTHING : ofField(selection, field, parent);
  }

  function ofField(
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    parent: GraphQLCompositeType,
  ): Measure {
    const type = getNamedType(field.type);
    const inside = isCompositeType(type) ? ofSelections(node.selectionSet, type) : NOTHING;
    const isIntrospection = isIntrospectionType(parent) || isIntrospectionType(type);
    const entries = isIntrospection ? introspectedEntries(field.name) : entriesOf(node, field);
    const valueBytes = isCompositeType(type) ? inside.bytes + ENTRY_BYTES : leafBytes(field, type, parent);
    const keyBytes = (node.alias ?? node.name).value.length + FIELD_BYTES;
    return {
      fields: 1 + (isIntrospection ? 0 : inside.fields),
      depth: 1 + inside.depth,
      cost: isIntrospection ? inside.cost : (limitsOf(field).cost ?? 1) + entries * inside.cost,
      introspected: entries * (inside.introspected + (isIntrospection ? 1 : 0)),
      bytes: keyBytes + ENTRY_BYTES + entries * valueBytes,
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

  /** Returns the entries of a field's list, and checks its arguments here, since an error in each entry would cost much more. */
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

  function typeNamed(name: string | undefined, parent: GraphQLCompositeType): GraphQLCompositeType {
    const type = name === undefined ? undefined : schema.getType(name);
    return isCompositeType(type) ? type : parent;
  }

  const root = schema.getRootType(operation.operation);
  return root == null ? NOTHING : ofSelections(operation.selectionSet, root);
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
