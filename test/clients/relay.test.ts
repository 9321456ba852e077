import { type ConcreteRequest, commitMutation, type Environment, fetchQuery } from 'relay-runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importExample } from '../support/examples.ts';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

interface RelayExample {
  readonly environment: Environment;
  codeOf(error: unknown): unknown;
}

interface User {
  readonly id: string;
  readonly avatarUrl: string;
}

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});
afterAll(() => portrait[Symbol.asyncDispose]());

it('Relay uploads a picture, reads it, and keeps the user in its store', async () => {
  const { environment } = await importExample<RelayExample>('relay.ts', portrait);
  const uploaded = await uploadPicture(environment, await pictureFile('photo.webp'));
  expect(uploaded).toMatchObject({ id: 'demo', avatarUrl: expect.stringMatching(/\/128\.webp$/) });
  const data = await fetchQuery(environment, VIEWER, {}).toPromise();
  expect(data).toEqual({ viewer: uploaded });
  expect(environment.getStore().getSource().get('demo')).toMatchObject(uploaded);
});

it.each([
  { what: 'a drawing', file: () => pictureFile('drawing.svg'), code: 'UNSUPPORTED_FILE_TYPE' },
  { what: 'a damaged picture', file: () => pictureFile('truncated.jpg'), code: 'UNREADABLE_IMAGE' },
  {
    what: 'a file that is far too large',
    file: () => paddedPicture(10 * 1024 * 1024),
    code: 'FILE_TOO_LARGE',
  },
])('Relay reports $code to its caller for $what', async ({ file, code }) => {
  const { environment, codeOf } = await importExample<RelayExample>('relay.ts', portrait);
  const error = await uploadPicture(environment, await file()).catch((reason: unknown) => reason);
  expect(codeOf(error)).toBe(code);
});

/** Returns the artifact that relay-compiler generates for an operation that selects a user's id and avatarUrl. */
function artifact(operationKind: 'query' | 'mutation', field: string, text: string): ConcreteRequest {
  const name = 'Example';
  const scalar = (scalarName: string) =>
    ({ kind: 'ScalarField', name: scalarName, alias: null, args: null, storageKey: null }) as const;
  const selections = [
    {
      kind: 'LinkedField',
      name: field,
      alias: null,
      args: null,
      storageKey: null,
      concreteType: 'User',
      plural: false,
      selections: [scalar('id'), scalar('avatarUrl')],
    },
  ] as const;
  const type = operationKind === 'query' ? 'Query' : 'Mutation';
  return {
    kind: 'Request',
    fragment: { kind: 'Fragment', name, type, argumentDefinitions: [], metadata: null, selections },
    operation: { kind: 'Operation', name, argumentDefinitions: [], selections },
    params: { id: null, cacheID: text, name, operationKind, text, metadata: {} },
  };
}

const VIEWER = artifact('query', 'viewer', 'query Example { viewer { id avatarUrl } }');
const UPLOAD = artifact(
  'mutation',
  'uploadProfilePicture',
  'mutation Example($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }',
);

function uploadPicture(environment: Environment, file: File): Promise<User> {
  return new Promise((resolve, reject) => {
    commitMutation<{ response: { uploadProfilePicture: User }; variables: { file: null } }>(environment, {
      mutation: UPLOAD,
      variables: { file: null },
      uploadables: { file },
      onCompleted: ({ uploadProfilePicture }) => resolve(uploadProfilePicture),
      onError: reject,
    });
  });
}
