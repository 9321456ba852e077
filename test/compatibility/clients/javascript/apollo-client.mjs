import { ApolloClient, CombinedGraphQLErrors, gql, InMemoryCache } from '@apollo/client';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, openFile, QUERY } from './request.mjs';

let status;
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new UploadHttpLink({
    uri: ENDPOINT,
    headers,
    async fetch(...request) {
      const response = await fetch(...request);
      status = response.status;
      return response;
    },
  }),
});
const body = await client
  .mutate({ mutation: gql(QUERY), variables: { file: await openFile() } })
  .catch((error) => {
    if (CombinedGraphQLErrors.is(error)) {
      return { errors: error.errors };
    }
    throw error;
  });
const version = `${versionOf('@apollo/client')}, upload-client ${versionOf('apollo-upload-client')}`;
report(version, status, body);
