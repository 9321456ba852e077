import { Client, fetchExchange, gql } from '@urql/core';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, openFile, QUERY } from './request.mjs';

const client = new Client({ url: ENDPOINT, exchanges: [fetchExchange], fetchOptions: { headers } });
const { data, error } = await client.mutation(gql(QUERY), { file: await openFile() }).toPromise();
if (error?.networkError) {
  throw error.networkError;
}
report(versionOf('@urql/core'), error?.response?.status ?? '-', { data, errors: error?.graphQLErrors });
