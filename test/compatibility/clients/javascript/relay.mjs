import { createRequire } from 'node:module';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, openFile, QUERY } from './request.mjs';

const { commitMutation, Environment, Network, RecordSource, Store } = createRequire(import.meta.url)(
  'relay-runtime',
);

let status;
let body;
// The network function of docs/api.md, with the token.
async function send({ text: query }, variables, _cacheConfig, uploadables) {
  const files = Object.entries(uploadables ?? {});
  const map = files.map(([name]) => [name, [`variables.${name}`]]);
  const form = new FormData();
  form.append('operations', JSON.stringify({ query, variables }));
  form.append('map', JSON.stringify(Object.fromEntries(map)));
  for (const [name, file] of files) {
    form.append(name, file);
  }
  const response = await fetch(ENDPOINT, { method: 'POST', headers, body: form });
  status = response.status;
  body = await response.json();
  return body;
}

const scalars = ['id', 'avatarUrl'].map((name) => ({
  kind: 'ScalarField',
  name,
  alias: null,
  args: null,
  storageKey: null,
}));
const selections = [
  {
    kind: 'LinkedField',
    name: 'uploadProfilePicture',
    alias: null,
    args: null,
    storageKey: null,
    concreteType: 'User',
    plural: false,
    selections: scalars,
  },
];
const mutation = {
  kind: 'Request',
  fragment: {
    kind: 'Fragment',
    name: 'Upload',
    type: 'Mutation',
    argumentDefinitions: [],
    metadata: null,
    selections,
  },
  operation: { kind: 'Operation', name: 'Upload', argumentDefinitions: [], selections },
  params: {
    id: null,
    cacheID: 'Upload',
    name: 'Upload',
    operationKind: 'mutation',
    text: QUERY,
    metadata: {},
  },
};
const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
const uploadables = { file: await openFile() };
await new Promise((resolve, reject) => {
  commitMutation(environment, {
    mutation,
    variables: { file: null },
    uploadables,
    onCompleted: resolve,
    onError: (error) => (error.source ? resolve(error) : reject(error)),
  });
});
report(versionOf('relay-runtime'), status, body);
