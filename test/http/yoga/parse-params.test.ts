import { describe, expect, it } from 'vitest';
import { PersistedQueryNotSupportedError } from '../../../src/graphql/request-errors.ts';
import { parseJsonRequest, parseQuery, readParams } from '../../../src/http/yoga/parse-params.ts';
import { MalformedRequestError } from '../../../src/multipart/errors.ts';

const QUERY = '{ viewer { id } }';

describe('The parameters of a request', () => {
  it.each(['id', 'doc_id', 'clientLibrary', '__proto__', 'constructor', 'toString', ''])(
    'do not include the unknown key %j',
    (key) => {
      const params = parseJsonRequest(
        `{${JSON.stringify(key)}:{"query":"x"},"query":${JSON.stringify(QUERY)}}`,
      );
      expect(params).toEqual({ query: QUERY });
      expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
      expect(parseQuery(new URLSearchParams({ [key]: 'x', query: QUERY }))).toEqual({ query: QUERY });
    },
  );

  it('are the four that GraphQL over HTTP defines', () => {
    const params = { query: QUERY, operationName: 'V', variables: { a: 1 }, extensions: { b: 2 } };
    expect(readParams({ ...params, id: 'Q' })).toEqual(params);
    const { variables, extensions, ...texts } = params;
    const json = { variables: JSON.stringify(variables), extensions: JSON.stringify(extensions) };
    expect(parseQuery(new URLSearchParams({ ...texts, ...json }))).toEqual(params);
  });

  it.each([null, 'x', 1, true, [{ query: QUERY }]])(
    'of a body that is not an object stay unread: %j',
    (body) => {
      expect(parseJsonRequest(JSON.stringify(body))).toEqual(body);
    },
  );
});

describe('A request without a document', () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'aa'.repeat(32) } };

  it.each([{}, { query: null }, { query: '' }, { variables: {}, operationName: 'V' }])(
    'is asked for it if it has a hash: %j',
    (request) => {
      expect(() => readParams({ ...request, extensions })).toThrow(PersistedQueryNotSupportedError);
      expect(() => readParams({ ...request, extensions })).toThrow(/^PersistedQueryNotSupported$/);
    },
  );

  it.each([
    {},
    { query: null },
    { documentId: 'sha256:aa' },
    { extensions: {} },
    { extensions: null },
    { extensions: 'persistedQuery' },
    { extensions: { persistedQuery: null } },
  ])('is malformed if it has no hash: %j', (request) => {
    expect(() => readParams(request)).toThrow(MalformedRequestError);
    expect(() => readParams(request)).toThrow('The request has no "query".');
  });

  it('is malformed if only a prototype has a hash', () => {
    const json = `{"extensions":{"__proto__":${JSON.stringify(extensions)}},"__proto__":{"query":"{ x }"}}`;
    expect(() => parseJsonRequest(json)).toThrow(MalformedRequestError);
  });
});
