import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Fragments of a document by name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Merges the fields of selection sets in one place of the response by response name, as execution does:
 * CollectFields in https://spec.graphql.org/draft/#sec-Field-Collection. Each fragment counts once in a place.
 * @param onVisit is called for each selection. If it throws, so does this function.
 */
export function mergeFields(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
  onVisit: (selection: SelectionNode) => void,
): Map<string, [FieldNode, ...FieldNode[]]> {
  const merged = new Map<string, [FieldNode, ...FieldNode[]]>();
  const spread = new Set<string>();

  function add(field: FieldNode): void {
    const name = (field.alias ?? field.name).value;
    const others = merged.get(name);
    if (others === undefined) {
      merged.set(name, [field]);
    } else {
      others.push(field);
    }
  }

  function collect(set: SelectionSetNode | undefined): void {
    for (const selection of set?.selections ?? []) {
      onVisit(selection);
      if (selection.kind === Kind.FIELD) {
        add(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        collect(fragments.get(selection.name.value)?.selectionSet);
      }
    }
  }

  sets.forEach(collect);
  return merged;
}

/** Returns the fragments of a document. */
export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
}
