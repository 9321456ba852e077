import { describeFiles, findFiles, type GraphQLRequest, partName } from '../shared/encode-request.ts';

export interface CurlOptions {
  /** Absolute URL of the GraphQL endpoint. */
  readonly endpoint: string;
  /** Whether the command sends the token in the shell variable `TOKEN`. */
  readonly needsToken: boolean;
}

/** Returns a request as a curl command for a POSIX shell. The command reads the files from the current directory. */
export function asCurl(request: GraphQLRequest, { endpoint, needsToken }: CurlOptions): string {
  const files = findFiles(request);
  const { operations, map } = describeFiles(request, files);
  const body =
    files.length === 0
      ? ["-H 'Content-Type: application/json'", `-d ${quote(operations)}`]
      : [
          `-F operations=${quote(operations)}`,
          `-F map=${quote(map)}`,
          ...files.map(({ file }, index) => `-F ${partName(index, files)}=@${quoteFileName(file.name)}`),
        ];
  const token = needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : [];
  return [`curl ${quote(endpoint)}`, ...token, ...body].join(' \\\n  ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quotes a file name for `-F`. Outside double quotes, curl treats `;` and `,` in a file name as syntax. */
function quoteFileName(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : quote(`"${name.replace(/["\\]/g, String.raw`\$&`)}"`);
}
