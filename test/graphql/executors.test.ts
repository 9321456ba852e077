import { execute, type ExecutionResult, parse } from 'graphql';
import { createSchema, YogaServer } from 'graphql-yoga';
import { expect, it } from 'vitest';
import { toClientError } from '../../src/graphql/errors.ts';
import { InvalidInputError } from '../../src/pictures/errors.ts';

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    enum Color { RED }
    type Item { id: ID!, text: String, color: Color!, broken: String, required: String!, self: Item }
    type Query { item: Item!, items(size: Int = 2): [Item!]!, optional: [Item], late: Item }
  `,
  resolvers: {
    Item: {
      broken: () => {
        throw new InvalidInputError('The item is broken.');
      },
      required: async () => null,
      color: ({ color }: { color: unknown }) => color,
      self: (item: unknown) => item,
    },
    Query: {
      item: () => ITEM,
      items: (_root: unknown, { size }: { size: number }) => Array.from({ length: size }, () => ITEM),
      optional: async () => [ITEM, null, Promise.resolve(ITEM), new Error('An item that fails.')],
      late: async () => {
        throw new InvalidInputError('The item is late.');
      },
    },
  },
});
const ITEM = { id: 1, text: 'x', color: 'RED' };

/** Returns what a client gets. The errors of asynchronous fields have no order. */
async function resultOf(result: ExecutionResult | Promise<ExecutionResult>): Promise<unknown> {
  const { data, errors = [] } = await result;
  const sorted = errors.map((error) => JSON.stringify(toClientError(error, 'id', () => {}))).sort();
  return { data: JSON.parse(JSON.stringify(data)), errors: sorted };
}

it.each([
  '{ item { id text color self { id } } items { id } }',
  'query { items(size: 3) { ...a ...a b: text } } fragment a on Item { id self { text __typename } }',
  '{ item { id broken } optional { id broken } late { id } }',
  '{ item { id } late { id } items { id required } }',
  '{ optional { id self { required } } item { id } }',
  '{ item { id @skip(if: true) text @include(if: false) color } }',
  'query ($size: Int) { items(size: $size) { id } }',
])('Yoga’s executor and graphql-js return the same result: %s', async (text) => {
  const document = parse(text);
  const yoga = new YogaServer({ schema, logging: false, maskedErrors: false }).getEnveloped({});
  const byYoga = await resultOf(yoga.execute({ schema, document }));
  expect(await resultOf(execute({ schema, document }))).toEqual(byYoga);
  expect(byYoga).toHaveProperty('data');
});
