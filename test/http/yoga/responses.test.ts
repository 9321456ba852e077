import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multipartBody, query, UPLOAD } from '../../support/graphql.ts';
import { startMultipartServer } from '../../support/multipart-server.ts';
import { pictureFile } from '../../support/pictures.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';

const RESPONSE_JSON = 'application/graphql-response+json';

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});
afterAll(() => portrait[Symbol.asyncDispose]());

interface Case {
  readonly title: string;
  readonly request: RequestInit & { readonly path?: string };
  readonly status: number;
  readonly code: string;
  /** An error of the document or its execution. Clients that accept only plain JSON get the status 200 for it. */
  readonly ofDocument?: true;
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** Extensions with the hash of a document, as Apollo's clients send them instead of the document. */
const HASH = { persistedQuery: { version: 1, sha256Hash: 'aa'.repeat(32) } };

const CASES: readonly Case[] = [
  { title: 'invalid JSON', request: json('{'), status: 400, code: 'BAD_REQUEST' },
  { title: 'a body that is not an object', request: json('"x"'), status: 400, code: 'BAD_REQUEST' },
  { title: 'a batch', request: json([{ query: '{ viewer { id } }' }]), status: 400, code: 'BAD_REQUEST' },
  { title: 'no query', request: json({}), status: 400, code: 'BAD_REQUEST' },
  {
    title: 'a query in a list',
    request: json({ query: ['{ viewer { id } }'] }),
    status: 400,
    code: 'BAD_REQUEST',
  },
  ...['variables', 'extensions'].flatMap((name) =>
    [[], 'x', 1].map((value) => ({
      title: `${name} that are ${JSON.stringify(value)}`,
      request: json({ query: '{ viewer { id } }', [name]: value }),
      status: 400,
      code: 'BAD_REQUEST',
    })),
  ),
  {
    title: 'an unknown key and no query',
    request: json({ documentId: 'sha256:aa', variables: {} }),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    title: 'the hash of a query',
    request: json({ operationName: 'V', variables: {}, extensions: HASH }),
    status: 200,
    code: 'PERSISTED_QUERY_NOT_SUPPORTED',
  },
  {
    title: 'the hash of a query by GET',
    request: { path: `?${new URLSearchParams({ extensions: JSON.stringify(HASH) })}` },
    status: 200,
    code: 'PERSISTED_QUERY_NOT_SUPPORTED',
  },
  {
    title: 'invalid JSON in the variables of a GET',
    request: { path: '?query={viewer{id}}&variables=x' },
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    title: 'no multipart boundary',
    request: { method: 'POST', headers: { 'Content-Type': 'multipart/form-data' }, body: 'x' },
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    title: 'a document that is not GraphQL',
    request: json({ query: '{' }),
    status: 400,
    code: 'GRAPHQL_PARSE_FAILED',
    ofDocument: true,
  },
  {
    title: 'a field that does not exist',
    request: json({ query: '{ nobody }' }),
    status: 400,
    code: 'GRAPHQL_VALIDATION_FAILED',
    ofDocument: true,
  },
  {
    title: 'a literal in place of a file',
    request: json({ query: 'mutation { uploadProfilePicture(file: "x") { id } }' }),
    status: 400,
    code: 'BAD_USER_INPUT',
    ofDocument: true,
  },
  {
    title: 'a string in place of a file',
    request: json({ query: UPLOAD, variables: { file: 'x' } }),
    status: 400,
    code: 'BAD_USER_INPUT',
    ofDocument: true,
  },
  {
    title: 'an object in place of a file',
    request: json({ query: UPLOAD, variables: { file: { name: 'x' } } }),
    status: 400,
    code: 'BAD_USER_INPUT',
    ofDocument: true,
  },
  {
    title: 'a missing variable',
    request: json({ query: 'query ($id: ID!) { user(id: $id) { id } }' }),
    status: 400,
    code: 'BAD_USER_INPUT',
    ofDocument: true,
  },
  {
    title: 'an operation that is not in the document',
    request: json({ query: 'query A { viewer { id } }', operationName: 'B' }),
    status: 400,
    code: 'BAD_REQUEST',
    ofDocument: true,
  },
  {
    title: 'nothing to restore',
    request: json({ query: 'mutation { restoreProfilePicture { id } }' }),
    status: 422,
    code: 'NOTHING_TO_RESTORE',
    ofDocument: true,
  },
  { title: 'a PUT', request: { method: 'PUT', body: 'x' }, status: 405, code: 'METHOD_NOT_ALLOWED' },
  {
    title: 'a mutation by GET',
    request: { path: '?query=mutation{restoreProfilePicture{id}}' },
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    ofDocument: true,
  },
  {
    title: 'a JSON body above 256 KiB',
    request: json({ query: `{ viewer { id } } #${'x'.repeat(262_144)}` }),
    status: 413,
    code: 'REQUEST_TOO_LARGE',
  },
  {
    title: 'a text body',
    request: { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    title: 'a form without enctype',
    request: { method: 'POST', body: new URLSearchParams({ query: '{ viewer { id } }' }) },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    title: 'multipart/mixed',
    request: { method: 'POST', headers: { 'Content-Type': 'multipart/mixed; boundary=x' }, body: '--x--' },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    title: 'a compressed body',
    request: {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      body: 'x',
    },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
];

async function send({ path = '', ...request }: Case['request'], accept?: string) {
  const headers = new Headers(request.headers);
  if (accept !== undefined) {
    headers.set('Accept', accept);
  }
  const response = await fetch(`${portrait.url}/graphql${path}`, { ...request, headers });
  const { errors, data } = (await response.json()) as {
    errors: { message: string; extensions: { code: string } }[];
    data?: unknown;
  };
  return { response, errors, data };
}

describe('An error response', () => {
  it.each(CASES)(
    'for $title has the status $status and the code $code',
    async ({ request, status, code }) => {
      for (const accept of [RESPONSE_JSON, '*/*', `application/json;q=0.9, ${RESPONSE_JSON}`]) {
        const { response, errors, data } = await send(request, accept);
        expect([response.status, errors.map(({ extensions }) => extensions.code)], accept).toEqual([
          status,
          [code],
        ]);
        expect(errors[0]?.message).toMatch(
          /^[A-Z].*[.?"]$|^Syntax Error|^Cannot|^Variable|^PersistedQueryNotSupported$/s,
        );
        expect(data ?? null).toBeNull();
      }
    },
  );

  it.each(CASES)(
    'for $title is plain JSON if the client asks for that',
    async ({ request, status, code, ofDocument }) => {
      const { response, errors } = await send(request, 'application/json');
      expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
      expect([response.status, errors[0]?.extensions.code]).toEqual([ofDocument ? 200 : status, code]);
    },
  );

  it.each([
    [`application/json, ${RESPONSE_JSON};q=0.5`, 'application/json', 200],
    [`application/json, ${RESPONSE_JSON};q=0`, 'application/json', 200],
    [`application/json;q=0.9,${RESPONSE_JSON} ; Q=1`, RESPONSE_JSON, 400],
    [`application/json, ${RESPONSE_JSON}`, RESPONSE_JSON, 400],
    ['application/json;q=0, */*', 'application/json', 400],
  ])(
    'for an invalid document, with Accept: %s, has the media type %s and the status %i',
    async (accept, mediaType, status) => {
      const { response, errors } = await send(json({ query: '{' }), accept);
      expect(response.headers.get('Content-Type')).toBe(`${mediaType}; charset=utf-8`);
      expect([response.status, errors[0]?.extensions.code]).toEqual([status, 'GRAPHQL_PARSE_FAILED']);
    },
  );

  it('for a wrong method names the allowed methods', async () => {
    expect((await send({ method: 'DELETE' })).response.headers.get('Allow')).toBe('GET, POST');
    const get = await send({ path: '?query=mutation{restoreProfilePicture{id}}' });
    expect(get.response.headers.get('Allow')).toBe('POST');
  });

  it.each([
    ['a form without enctype', new URLSearchParams({ a: 'b' })],
    ['a text body', '{"query":"{ viewer { id } }"}'],
  ])('for %s states what to change', async (_what, body) => {
    const { errors } = await send({ method: 'POST', body });
    expect(errors[0]?.message).toBe(
      'The Content-Type is not accepted. In a form, set enctype="multipart/form-data". For JSON, send application/json.',
    );
  });

  it.each(['data:image/png;base64,iVBORw0KGgo=', 'C:\\fakepath\\me.jpg', {}])(
    'for JSON with %j in place of the file states how to send a file',
    async (file) => {
      const { errors } = await send(json({ query: UPLOAD, variables: { file } }));
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(errors[0]?.message).toContain(
        'Send the request as multipart/form-data with three fields: "operations" (with null in place of the file), "map" (such as {"file":["variables.file"]}), and then the file.',
      );
    },
  );

  it('has the media type that the client accepts', async () => {
    const types = await Promise.all(
      [RESPONSE_JSON, 'application/json', '*/*', 'image/png'].map(async (accept) =>
        (await send(json('{'), accept)).response.headers.get('Content-Type'),
      ),
    );
    expect(types).toEqual([
      `${RESPONSE_JSON}; charset=utf-8`,
      'application/json; charset=utf-8',
      'application/json; charset=utf-8',
      'application/json; charset=utf-8',
    ]);
  });
});

describe('A response', () => {
  it('with both data and an error has the status 200', async () => {
    await using server = await startMultipartServer();
    const { status, data, errors } = await query(server, '{ ready broken }');
    expect(data).toEqual({ ready: true, broken: null });
    expect([status, errors?.[0]?.extensions.code]).toEqual([200, 'INTERNAL_SERVER_ERROR']);
  });

  it('has a request id and forbids content sniffing', async () => {
    const { response } = await send(json('{'));
    expect(response.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('to a query by GET contains its data', async () => {
    const { response, data } = await send({
      path: `?${new URLSearchParams({ query: 'query ($id: ID!) { user(id: $id) { id } }', variables: '{"id":"ann"}' })}`,
    });
    expect([response.status, data]).toEqual([200, { user: { id: 'ann' } }]);
  });

  it.each(['a', '\u00e9', '\u20ac', '\u{1f600}'])('with the character %s arrives complete', async (id) => {
    const { data } = await send(
      json({ query: 'query ($id: ID!) { user(id: $id) { id } }', variables: { id } }),
    );
    expect(data).toEqual({ user: { id } });
  });

  it.each([
    [
      'JSON with unknown keys',
      json('{"__proto__":{"query":"{ x }"},"":1,"id":"Q","query":"{ viewer { id } }"}'),
    ],
    ['JSON with the hash of its query', json({ query: '{ viewer { id } }', extensions: HASH })],
    ['GET with unknown parameters', { path: '?__proto__=x&id=Q&=x&query={viewer{id}}' }],
    ['GET with a URL like that of a health check', { path: '?query={viewer{id}}&x=/health' }],
  ])('to %s contains the data of the query', async (_what, request) => {
    const { response, data } = await send(request);
    expect([response.status, data]).toEqual([200, { viewer: { id: 'demo' } }]);
  });

  it('to an upload keeps the connection open for the next request', async () => {
    const response = await fetch(`${portrait.url}/graphql`, {
      method: 'POST',
      body: multipartBody(await pictureFile('photo.webp')),
    });
    await response.text();
    expect(response.headers.get('Connection')).toBe('keep-alive');
  });
});
