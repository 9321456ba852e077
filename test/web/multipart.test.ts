import { expect, it } from 'vitest';
import { encodeRequest } from '../../src/web/graphiql/multipart.ts';

const query = 'mutation ($one: File, $many: [File!]) { __typename }';
const one = { name: 'one', type: 'File', list: false, required: false };
const many = { name: 'many', type: '[File!]', list: true, required: false };
const file = (name: string) => new File([name], name);

it('maps each file to its place, where operations holds null', () => {
  const chosen = new Map([
    ['one', [file('a.png')]],
    ['many', [file('b.png'), file('c.png')]],
    ['elsewhere', [file('d.png')]],
  ]);
  const form = encodeRequest({ query, variables: { size: 3, one: 'typed' } }, [one, many], chosen);
  const parts = [...(form as FormData)].map(([name, value]) => [
    name,
    typeof value === 'string' ? JSON.parse(value) : value.name,
  ]);
  expect(parts).toEqual([
    ['operations', { query, variables: { size: 3, one: null, many: [null, null] } }],
    ['map', { 0: ['variables.one'], 1: ['variables.many.0'], 2: ['variables.many.1'] }],
    ['0', 'a.png'],
    ['1', 'b.png'],
    ['2', 'c.png'],
  ]);
});

it('leaves a request as JSON when the chosen files are for another operation', () => {
  const request = { query, variables: { size: 3 } };
  expect(encodeRequest(request, [one], new Map([['elsewhere', [file('d.png')]]]))).toBe(
    JSON.stringify(request),
  );
});
