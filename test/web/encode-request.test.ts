import { expect, it } from 'vitest';
import { encodeRequest } from '../../src/web/shared/encode-request.ts';

const query = 'mutation ($one: File, $many: [File!]) { __typename }';
const file = (name: string) => new File([name], name);

it('maps each file to its path, where operations contains null', () => {
  const variables = { size: 3, one: file('a.png'), many: [file('b.png'), file('c.png')] };
  const form = encodeRequest({ query, variables });
  const parts = [...(form as FormData)].map(([name, value]) => [
    name,
    typeof value === 'string' ? JSON.parse(value) : value.name,
  ]);
  expect(parts).toEqual([
    ['operations', { query, variables: { size: 3, one: null, many: [null, null] } }],
    ['map', { file1: ['variables.one'], file2: ['variables.many.0'], file3: ['variables.many.1'] }],
    ['file1', 'a.png'],
    ['file2', 'b.png'],
    ['file3', 'c.png'],
  ]);
});

it('encodes a request without files as JSON', () => {
  const request = { query, variables: { size: 3, sizes: [], nothing: null } };
  expect(encodeRequest(request)).toBe(JSON.stringify(request));
});
