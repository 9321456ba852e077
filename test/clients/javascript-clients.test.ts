import { createHash } from 'node:crypto';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importExample } from '../support/examples.ts';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

interface User {
  readonly id: string;
  readonly avatarUrl: string;
}

/** Exports of an example in docs/api.md. Some clients reject, others resolve with an error. */
interface ClientExample {
  uploadPicture(file: File): Promise<unknown>;
  readViewer(): Promise<unknown>;
  codeOf(error: unknown): unknown;
}

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});
afterAll(() => portrait[Symbol.asyncDispose]());

const CLIENTS = [
  { title: 'Apollo Client', example: 'apollo.ts' },
  { title: 'urql', example: 'urql.ts' },
  { title: 'plain fetch', example: 'fetch.ts' },
];

const MAX_BYTES = 5 * 1024 * 1024;

describe.each(CLIENTS)('$title', ({ example }) => {
  it('uploads a picture, which its next query shows', async () => {
    const client = await importExample<ClientExample>(example, portrait);
    const before = userOf(await client.readViewer(), 'viewer');
    const uploaded = userOf(
      await client.uploadPicture(await pictureFile('photo.webp')),
      'uploadProfilePicture',
    );
    expect(uploaded).toMatchObject({ id: 'demo', avatarUrl: expect.stringMatching(/\/128\.webp$/) });
    expect(uploaded.avatarUrl).not.toBe(before.avatarUrl);
    expect(userOf(await client.readViewer(), 'viewer').avatarUrl).toBe(uploaded.avatarUrl);
  });

  it.each([
    { what: 'a drawing', file: () => pictureFile('drawing.svg'), code: 'UNSUPPORTED_FILE_TYPE' },
    { what: 'a damaged picture', file: () => pictureFile('truncated.jpg'), code: 'UNREADABLE_IMAGE' },
    {
      what: 'a file that is one byte too large',
      file: () => paddedPicture(MAX_BYTES + 1),
      code: 'FILE_TOO_LARGE',
    },
    {
      what: 'a file that is far too large',
      file: () => paddedPicture(2 * MAX_BYTES),
      code: 'FILE_TOO_LARGE',
    },
    { what: 'an empty file', file: async () => new File([], 'me.jpg'), code: 'FILE_MISSING' },
  ])('reports $code to its caller for $what', async ({ file, code }) => {
    const client = await importExample<ClientExample>(example, portrait);
    expect(client.codeOf(await errorOf(client.uploadPicture(await file())))).toBe(code);
  });
});

describe('Apollo Client with persisted queries', () => {
  const VIEWER = gql`query Viewer { viewer { id avatarUrl } }`;
  const UPLOAD = gql`mutation Upload($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }`;

  it.each([
    { title: 'POST', useGETForHashedQueries: false, accept: undefined, sent: ['POST', 'POST', 'POST'] },
    { title: 'GET', useGETForHashedQueries: true, accept: undefined, sent: ['GET', 'POST', 'POST'] },
    {
      title: 'GET and plain JSON',
      useGETForHashedQueries: true,
      accept: 'application/json',
      sent: ['GET', 'POST', 'POST'],
    },
  ])(
    'sends hashes by $title, and then the whole query and upload',
    async ({ useGETForHashedQueries, accept, sent }) => {
      const { client, requests } = persistingClient(useGETForHashedQueries, accept);
      const { data } = await client.query({ query: VIEWER });
      expect(data).toMatchObject({ viewer: { id: 'demo' } });
      const file = await pictureFile('photo.webp');
      const result = await client.mutate({ mutation: UPLOAD, variables: { file } });
      expect(userOf(result, 'uploadProfilePicture').avatarUrl).toMatch(/\/128\.webp$/);
      // After the first error, the link sends no more hashes.
      expect(requests).toEqual(sent);
    },
  );

  it('sends the hash of an upload, and then the whole upload', async () => {
    const { client, requests } = persistingClient(true);
    const file = await paddedPicture(MAX_BYTES);
    const result = await client.mutate({ mutation: UPLOAD, variables: { file } });
    expect(userOf(result, 'uploadProfilePicture').avatarUrl).toMatch(/\/128\.webp$/);
    expect(requests).toEqual(['POST', 'POST']);
  });

  /** Returns a client that first sends the hash of a document, and the methods of its requests. */
  function persistingClient(useGETForHashedQueries: boolean, accept?: string) {
    const requests: (string | undefined)[] = [];
    const upload = new UploadHttpLink({
      uri: `${portrait.url}/graphql`,
      fetch: (url, options) => {
        requests.push(options?.method);
        return fetch(
          url,
          options && accept ? { ...options, headers: { ...options.headers, accept } } : options,
        );
      },
    });
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const link = new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(upload);
    return { client: new ApolloClient({ cache: new InMemoryCache(), link }), requests };
  }
});

/** Returns the user from a result of the form `{ data: { viewer } }` or `{ viewer }`. */
function userOf(result: unknown, field: string): User {
  const { data = result } = result as { data?: unknown };
  return (data as Record<string, User>)[field] as User;
}

/** Returns the error that a call rejected with, or the `error` of its result. */
async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return ((await call) as { error?: unknown }).error;
  } catch (error) {
    return error;
  }
}
