import { multipart } from '@villus/multipart';
import { createClient, fetch as send } from 'villus';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, openFile, QUERY } from './request.mjs';

const authorize = ({ opContext }) => Object.assign(opContext.headers, headers);
const client = createClient({ url: ENDPOINT, use: [authorize, multipart(), send()] });
const { data, error } = await client.executeMutation({ query: QUERY, variables: { file: await openFile() } });
if (error?.networkError && !error.response) {
  throw error.networkError;
}
report(
  `${versionOf('villus')}, multipart ${versionOf('@villus/multipart')}`,
  error?.response?.status,
  error?.response?.body ?? { data, errors: error?.gqlErrors },
);
