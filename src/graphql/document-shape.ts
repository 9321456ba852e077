import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLError,
  Kind,
  visit,
} from 'graphql';
import { excessError } from './excess-error.ts';

/** Maximum number of operations and fragments in one document. */
const MAX_DEFINITIONS = 100;

/**
 * Maximum comparisons of fields with the same response name. To find conflicts, validation compares every pair in the
 * same place of the response. The limit allows 250 equal fields without arguments.
 */
const MAX_COMPARISONS = 31_125;

/** Measured cost, in comparisons, of a pair whose fields have arguments or selections, or differ. */
const COMPARISONS_OF_COMPLEX_PAIR = 5;

/** The fields of one response name. */
interface Group {
  count: number;
  /** True if all of them are the same field, without arguments and selections. */
  isPlain: boolean;
  readonly field: string;
}

/** The selections of one definition. */
interface Definition {
  readonly groups: ReadonlyMap<string, Group>;
  readonly fragments: ReadonlySet<string>;
}

/**
 * Rejects a document that would take much longer to validate than to parse. Some validation rules compare every field,
 * fragment or operation with every other one. The time is proportional to the document's size times its operations.
 * @returns the error, or undefined if the document may be validated.
 */
export function checkShape(document: DocumentNode): GraphQLError | undefined {
  if (document.definitions.length > MAX_DEFINITIONS) {
    return excessError(document.definitions.length, 'operations and fragments', MAX_DEFINITIONS);
  }
  const comparisons = countComparisons(document);
  return comparisons > MAX_COMPARISONS
    ? excessError(comparisons, 'comparisons of fields with the same name', MAX_COMPARISONS)
    : undefined;
}

/**
 * Counts each operation separately, with the fragments that it reaches, because validation never compares fields of
 * different operations. Fragments that no operation reaches count together, since validation compares them too.
 */
function countComparisons({ definitions }: DocumentNode): number {
  const fragments = new Map<string, Definition>();
  const operations: Definition[] = [];
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, describe(definition));
    } else {
      operations.push(describe(definition));
    }
  }
  const reached = operations.map((operation) => reach([operation], fragments));
  const used = new Set(reached.flatMap((each) => [...each]));
  const unused = [...fragments.values()].filter((fragment) => !used.has(fragment));
  return [...reached, reach(unused, fragments)].reduce((sum, each) => sum + comparisonsOf(each), 0);
}

function describe(definition: DefinitionNode): Definition {
  const groups = new Map<string, Group>();
  const fragments = new Set<string>();
  visit(definition, {
    [Kind.FIELD]: (node) => addTo(groups, (node.alias ?? node.name).value, node.name.value, isLeaf(node), 1),
    [Kind.FRAGMENT_SPREAD]: ({ name }) => {
      fragments.add(name.value);
    },
  });
  return { groups, fragments };
}

function isLeaf({ arguments: args, selectionSet }: FieldNode): boolean {
  return (args ?? []).length === 0 && selectionSet === undefined;
}

function addTo(
  groups: Map<string, Group>,
  responseName: string,
  field: string,
  isPlain: boolean,
  count: number,
): void {
  const group = groups.get(responseName);
  if (group === undefined) {
    groups.set(responseName, { count, isPlain, field });
  } else {
    group.count += count;
    group.isPlain &&= isPlain && group.field === field;
  }
}

/** Returns definitions with the fragments that they reach, each once. */
function reach(
  definitions: readonly Definition[],
  fragments: ReadonlyMap<string, Definition>,
): ReadonlySet<Definition> {
  const reached = new Set(definitions);
  // Iteration over a Set also visits values that are added during the iteration.
  for (const { fragments: names } of reached) {
    for (const name of names) {
      const fragment = fragments.get(name);
      if (fragment !== undefined) {
        reached.add(fragment);
      }
    }
  }
  return reached;
}

function comparisonsOf(definitions: ReadonlySet<Definition>): number {
  const merged = new Map<string, Group>();
  for (const { groups } of definitions) {
    for (const [responseName, { field, isPlain, count }] of groups) {
      addTo(merged, responseName, field, isPlain, count);
    }
  }
  let comparisons = 0;
  for (const { count, isPlain } of merged.values()) {
    comparisons += ((count * (count - 1)) / 2) * (isPlain ? 1 : COMPARISONS_OF_COMPLEX_PAIR);
  }
  return comparisons;
}
