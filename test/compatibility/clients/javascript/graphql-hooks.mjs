import { GraphQLClient } from 'graphql-hooks';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, openFile, QUERY } from './request.mjs';

const client = new GraphQLClient({ url: ENDPOINT, headers, FormData, logErrors: false });
const { data, error } = await client.request({ query: QUERY, variables: { file: await openFile() } });
if (error?.fetchError) {
  throw error.fetchError;
}
const body = error?.httpError?.body ?? { data, errors: error?.graphQLErrors };
report(versionOf('graphql-hooks'), error?.httpError?.status, body);
