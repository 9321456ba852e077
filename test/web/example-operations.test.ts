import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { EXAMPLE_OPERATIONS, UPLOAD } from '../../src/web/developers/operations.ts';

it('The schema has everything that the examples on the page for developers select', () => {
  const queries = [UPLOAD, ...EXAMPLE_OPERATIONS.map(({ query }) => query)];
  expect(queries.flatMap((query) => validate(schema, parse(query)))).toEqual([]);
});
