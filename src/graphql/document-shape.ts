import { type DocumentNode, type GraphQLError, Kind, visit } from 'graphql';
import { excessError } from './excess-error.ts';

/** Operations and fragments of one document. */
const MAX_DEFINITIONS = 100;

/**
 * Pairs of fields with the same response name. To find conflicts, validation compares every pair in the same place of
 * the response. 250 fields of one name make 31,125 pairs.
 */
const MAX_FIELD_PAIRS = 31_125;

/**
 * Refuses a document on which validation would take much longer than parsing: some of its rules compare every field,
 * fragment or operation with every other one. Takes time in proportion to the document.
 * @returns the error, or undefined if the document may be validated.
 */
export function refuseShape(document: DocumentNode): GraphQLError | undefined {
  if (document.definitions.length > MAX_DEFINITIONS) {
    return excessError(document.definitions.length, 'operations and fragments', MAX_DEFINITIONS);
  }
  const fieldsByName = new Map<string, number>();
  let pairs = 0;
  visit(document, {
    [Kind.FIELD]: ({ alias, name }) => {
      const responseName = (alias ?? name).value;
      const others = fieldsByName.get(responseName) ?? 0;
      fieldsByName.set(responseName, others + 1);
      pairs += others;
    },
  });
  return pairs > MAX_FIELD_PAIRS
    ? excessError(pairs, 'pairs of fields with the same name', MAX_FIELD_PAIRS)
    : undefined;
}
