import {
  type DocumentNode,
  type GraphQLSchema,
  getIntrospectionQuery,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a selection asks of the schema about itself. */
export interface Weight {
  /** Fields that will be answered, about. */
  readonly answered: number;
  /** Fields inside each other. */
  readonly depth: number;
}

const INTROSPECTION_FIELDS = new Set(['__schema', '__type']);
/** Of `__Schema`, `__Type`, `__Field` and `__Directive`; `types` is the one more. */
const LISTS = new Set('directives args fields interfaces possibleTypes enumValues inputFields'.split(' '));
/** Entries that such a list of a type, a field or a directive has, about. */
const USUAL_ENTRIES = 4;
const NOTHING: Weight = { answered: 0, depth: 0 };

/**
 * Weighs `__schema` and `__type` in the only operation of a valid document. Nobody else does: the measuring of fields goes by their
 * types' own ones, and graphql's rule for introspection counts lists inside each other, not how often each is asked for.
 */
export function weighIntrospection(
  schema: GraphQLSchema,
  { definitions }: Pick<DocumentNode, 'definitions'>,
): Weight {
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragments = new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const types = Object.keys(schema.getTypeMap()).length;
  const entriesOf = (field: string) => (field === 'types' ? types : LISTS.has(field) ? USUAL_ENTRIES : 1);
  // A fragment counts wherever it is spread, but is gone through once: there can be 2^100 of them.
  const known = new Map<SelectionSetNode, Weight>();

  function weigh(selections: SelectionSetNode | undefined, isBelow: boolean): Weight {
    if (selections === undefined) {
      return NOTHING;
    }
    let weight = known.get(selections);
    if (weight === undefined) {
      weight = sum(selections.selections.map((selection) => weighOne(selection, isBelow)));
      known.set(selections, weight);
    }
    return weight;
  }

  function weighOne(selection: SelectionNode, isBelow: boolean): Weight {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return weigh(fragments.get(selection.name.value)?.selectionSet, isBelow);
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return weigh(selection.selectionSet, isBelow);
    }
    const name = selection.name.value;
    if (!isBelow && !INTROSPECTION_FIELDS.has(name)) {
      return NOTHING;
    }
    const { answered, depth } = weigh(selection.selectionSet, true);
    return { answered: entriesOf(name) * (1 + answered), depth: 1 + depth };
  }

  return weigh(operation?.selectionSet, false);
}

function sum(weights: readonly Weight[]): Weight {
  return {
    answered: weights.reduce((total, { answered }) => total + answered, 0),
    depth: Math.max(0, ...weights.map(({ depth }) => depth)),
  };
}

/** The weight of the query that GraphiQL and code generators send, with all that can be asked for. */
export function weighToolsQuery(schema: GraphQLSchema): number {
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
  return weighIntrospection(schema, document).answered;
}
