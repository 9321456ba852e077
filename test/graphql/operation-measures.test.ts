import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { prepareOperation } from '../../src/graphql/operation-limits.ts';
import { OperationMeasures } from '../../src/graphql/operation-measures.ts';
import { schema } from '../../src/graphql/schema.ts';

const measures = new OperationMeasures(schema);

/** Returns the errors of an operation, with the measures that earlier calls left. */
function errorsOf(document: ReturnType<typeof parse>, variableValues = {}, operationName?: string): string {
  const { errors = [] } = prepareOperation(
    { schema, document, variableValues, ...(operationName && { operationName }) },
    measures,
  );
  return errors.map(({ message }) => message).join(' ');
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);
/** Selects the id of a user 60 times, so that a hundred users exceed the cost limit. */
const sixtyAliases = Array.from({ length: 60 }, (_, index) => `a${index}: id`).join(' ');

it('A cached measure still counts the entries of each request', () => {
  const document = parse(`query ($ids: [ID!]!) { users(ids: $ids) { ${sixtyAliases} } }`);
  const results = [10, 100, 101, 10].map((count) => errorsOf(document, { ids: ids(count) }));
  expect(results).toEqual([
    '',
    expect.stringContaining('The document has 6001 units of cost'),
    expect.stringContaining('at most 100 users'),
    '',
  ]);
});

it.each([
  [
    'of a field inside a fragment',
    'query ($s: Int!) { viewer { ...f } } fragment f on User { avatarUrl(size: $s) }',
  ],
  ['of a field inside a list', 'query ($s: Int!) { users(ids: ["a"]) { avatarUrl(size: $s) } }'],
  [
    'of the last of 17 fields',
    `query ($s: Int!) { viewer { ${Array.from({ length: 17 }, (_, index) => `a${index}: avatarUrl(size: $s)`).join(' ')} } }`,
  ],
])('A kept measure checks the argument %s for each request', (_where, text) => {
  const document = parse(text);
  const results = [128, 0, 2048, 4096, 1].map((s) => errorsOf(document, { s }));
  const invalid = expect.stringContaining('The size must be between 1 and 2048 pixels');
  expect(results).toEqual(['', invalid, '', invalid, '']);
});

it('Each operation of a document has its own measure', () => {
  const document = parse(
    `query Small { viewer { id } } query Large { users(ids: ${JSON.stringify(ids(100))}) { ${sixtyAliases} } }`,
  );
  const results = ['Small', 'Large', 'Small', 'Large'].map((name) => errorsOf(document, {}, name));
  const tooLarge = expect.stringContaining('6001 units of cost');
  expect(results).toEqual(['', tooLarge, '', tooLarge]);
});

it('A measure without variables is made once', () => {
  const document = parse('query { viewer { id name avatarUrl(size: 64) } }');
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') {
    throw new TypeError('The document has no operation.');
  }
  const measure = measures.of(document, operation);
  expect(measures.of(document, operation)).toBe(measure);
  expect(measure.of(undefined)).toBe(measure.of({ sources: {}, coerced: {} }));
  expect([measure.variableFields, measure.of(undefined).cost]).toEqual([0, 4]);
});
