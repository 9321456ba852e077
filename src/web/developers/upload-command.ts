import { describeFiles, findFiles, type GraphQLRequest } from '../shared/encode-request.ts';
import { UPLOAD } from './operations.ts';

export interface UploadCommandOptions {
  /** Absolute URL of the GraphQL endpoint. */
  readonly endpoint: string;
  /** Whether the command sends the token in the shell variable `TOKEN`. */
  readonly needsToken: boolean;
}

/** Returns a curl command for a POSIX shell that uploads `me.jpg` from the current folder. */
export function uploadCommand({ endpoint, needsToken }: UploadCommandOptions): string {
  const request: GraphQLRequest = { query: UPLOAD, variables: { file: new File([], 'me.jpg') } };
  const { operations, map } = describeFiles(request, findFiles(request));
  return [
    `curl ${quote(endpoint)}`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    `-F operations=${quote(operations)}`,
    `-F map=${quote(map)}`,
    '-F file=@me.jpg',
  ].join(' \\\n  ');
}

/** Quotes text for a shell. An apostrophe ends the quotation, follows escaped, and starts the next quotation. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
