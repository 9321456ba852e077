import { GraphQLError, parse } from 'graphql';
import { toClientError } from '../../src/graphql/errors.ts';
import { prepareOperation } from '../../src/graphql/operation-limits.ts';
import { schema } from '../../src/graphql/schema.ts';
import { testGrowth } from '../support/growth.ts';

const times = (count: number, text: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);

testGrowth([
  {
    where: 'variables with many ids',
    size: 2_000,
    work: (size) => {
      const document = parse('query ($ids: [ID!]!) { users(ids: $ids) { id } }');
      const variableValues = { ids: Array(size).fill('a') };
      return () => prepareOperation({ schema, document, variableValues });
    },
  },
  {
    where: 'variables with many invalid values',
    size: 2_000,
    work: (size) => {
      const document = parse(`${'\n'.repeat(1_000)}query ($ids: [ID!]!) { users(ids: $ids) { id } }`);
      const variableValues = { ids: Array(size).fill({}) };
      return () => prepareOperation({ schema, document, variableValues });
    },
  },
  {
    where: 'the cost of fragments that form 2^100 paths',
    size: 50,
    work: (size) => {
      const document = parse(
        `{ viewer { ...f0 } } ${times(size, (i) => `fragment f${i} on User { ...f${i + 1} ...f${i + 1} }`)} fragment f${size} on User { id }`,
      );
      return () => prepareOperation({ schema, document });
    },
  },
  {
    where: 'errors in a document with many lines',
    size: 1_000,
    work: (size) => {
      const document = parse(`${'\n'.repeat(size)}{ viewer { id } }`);
      const nodes = document.definitions;
      return () => toClientError(new GraphQLError('x', { nodes }), 'id', () => {});
    },
  },
  {
    where: 'errors with a long message',
    size: 100_000,
    work: (size) => {
      const message = 'x'.repeat(size);
      return () => toClientError(new GraphQLError(message), 'id', () => {});
    },
  },
]);
